import { ask } from "@resonance/sdk";
import { Button as AriaButton, GridListItem } from "react-aria-components/GridList";
import { FieldError, Input, TextField } from "react-aria-components/TextField";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Clock, Rate } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { MenuButton } from "../../ui/menu.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { useAutosave } from "./autosave.ts";
import { CutOff } from "./cut-off.tsx";
import { changeTrack, refreshStudio, type Track } from "./queries.ts";
import { Conflict } from "./saved-field.tsx";
import { Seen } from "./visibility.tsx";
import { wrongOf } from "./wrong.ts";

interface RowProps {
  track: Track;
  number: string;
  isFirst: boolean;
  isLast: boolean;
  onUp: () => void;
  onDown: () => void;
  onEdit: () => void;
}

/** A track of a release: its place, its title to be typed over, and what else is known of it. */
export function ReleaseRow({ track, number, isFirst, isLast, onUp, onDown, onEdit }: RowProps) {
  const { t } = useTranslation();
  const { id } = track;
  const title = useAutosave({
    field: `${id}/title`,
    value: track.title,
    check: (text) => (text.trim() === "" ? t("studio.save.no_title") : undefined),
    save: (text) => changeTrack(id, { title: text }),
    load: async () => (await ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } } }))).title,
  });
  const wrong = title.wrong ?? wrongOf(t, title.error, "/title");
  return (
    <GridListItem
      id={id}
      textValue={track.title}
      className="ruled group grid grid-cols-[2.75rem_2rem_1fr_auto] items-center gap-x-2 py-1 -outline-offset-2 data-[dragging]:opacity-40 data-[drop-target]:bg-rise @sm:grid-cols-[2.75rem_2.5rem_1fr_7rem_6rem_4rem_auto]"
    >
      <AriaButton
        slot="drag"
        aria-label={t("studio.tracks.drag", { title: track.title })}
        className="grid size-11 cursor-grab place-items-center rounded-full text-faint hover:text-paper"
      >
        <Icon name="drag" />
      </AriaButton>
      <span className="figure text-13 text-soft">{number}</span>
      <div className="min-w-0">
        <TextField
          aria-label={t("studio.tracks.title_of", { number })}
          value={title.value}
          onChange={title.set}
          onBlur={title.commit}
          validationBehavior="aria"
          isInvalid={Boolean(wrong)}
          maxLength={300}
        >
          <Input
            className={cx(
              "h-11 w-full truncate rounded-field border border-transparent bg-transparent px-2 text-[1rem] hover:border-edge focus:border-edge md:text-15",
              wrong && "border-rust",
            )}
          />
          {wrong && (
            <div role="alert">
              <FieldError className="px-2 text-13 text-rust">{wrong}</FieldError>
            </div>
          )}
        </TextField>
        {!track.available && <p className="px-2 text-13 text-rust">{t("studio.tracks.no_sound")}</p>}
        <CutOff track={track} className="px-2" />
        <Conflict auto={title} show={(value) => value} />
      </div>
      <span className="hidden @sm:block">
        <Seen visibility={track.visibility} />
      </span>
      <Rate price={track.pricePerSecond} className="hidden text-13 @sm:block" />
      <Clock ms={track.durationMs} className="hidden text-end text-13 text-soft @sm:block" />
      <span className="flex">
        <IconButton icon="edit" label={t("studio.tracks.edit", { title: track.title })} onPress={onEdit} />
        <MenuButton
          label={t("studio.tracks.more", { title: track.title })}
          entries={[
            { id: "up", label: t("studio.tracks.up"), icon: "up", do: onUp, disabled: isFirst },
            { id: "down", label: t("studio.tracks.down"), icon: "down", do: onDown, disabled: isLast },
            { line: "moves" },
            { id: "edit", label: t("studio.tracks.details"), icon: "edit", do: onEdit },
            {
              id: "off",
              label: t("studio.tracks.take_off"),
              icon: "close",
              do: () =>
                void changeTrack(id, { albumId: null })
                  .catch((error: unknown) => toast(messageOf(t, error)))
                  .finally(refreshStudio),
            },
          ]}
        />
      </span>
    </GridListItem>
  );
}
