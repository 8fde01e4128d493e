import { ask } from "@resonance/sdk";
import { isReleaseDate } from "@resonance/sdk/release";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { WRONG } from "../../ui/field-style.ts";
import { Count } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Switch } from "../../ui/switch.tsx";
import { type Autosave, useAutosave } from "./autosave.ts";
import { CreditsEditor } from "./credits.tsx";
import { GenreField } from "./genres.tsx";
import { PreviewField } from "./preview.tsx";
import { PriceField } from "./price.tsx";
import { changeTrack, splitsQuery, type TrackDetail } from "./queries.ts";
import { SavedText } from "./saved-field.tsx";
import { SplitsEditor } from "./splits.tsx";
import { VisibilityField } from "./visibility.tsx";
import { wrongOf } from "./wrong.ts";

/** All that an artist says of a track; each field saves itself. */
export function TrackEditor({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const { data: split } = useQuery(splitsQuery(track.id));
  return (
    <>
      <Details track={track} />
      <div className="mt-8 border-t border-line">
        <Part title={t("studio.credits.title")} count={track.credits.length}>
          <CreditsEditor track={track} />
        </Part>
        <Part title={t("studio.splits.title")} count={split?.shares.length}>
          <SplitsEditor track={track} />
        </Part>
      </div>
    </>
  );
}

/** A part that is opened by who needs it. */
function Part({
  title,
  count,
  children,
}: {
  title: string;
  count?: number | undefined;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <details className="ruled group" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex min-h-12 cursor-pointer list-none items-center gap-3 font-semibold hover:text-paper">
        <Icon name="down" size={16} className="-rotate-90 group-open:rotate-0 rtl:rotate-90" />
        {title}
        {count ? <Count value={count} className="text-13 font-normal text-soft" /> : null}
      </summary>
      <div className="pt-2 pb-6">{open && children}</div>
    </details>
  );
}

function Details({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const { id } = track;
  const load = () => ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } } }));
  const title = useAutosave({
    field: `${id}/title`,
    value: track.title,
    check: (text) => (text.trim() === "" ? t("studio.save.no_title") : undefined),
    save: (text) => changeTrack(id, { title: text }),
    load: async () => (await load()).title,
  });
  const credit = useAutosave({
    field: `${id}/artistCredit`,
    value: track.artistCredit ?? "",
    save: (text) => changeTrack(id, { artistCredit: text.trim() || null }),
    load: async () => (await load()).artistCredit ?? "",
  });
  const date = useAutosave({
    field: `${id}/releaseDate`,
    value: track.releaseDate ?? "",
    check: (text) => (text === "" || isReleaseDate(text.trim()) ? undefined : t("studio.date.wrong")),
    save: (text) => changeTrack(id, { releaseDate: text.trim() || null }),
    load: async () => (await load()).releaseDate ?? "",
  });
  const isrc = useAutosave({
    field: `${id}/isrc`,
    value: track.isrc ?? "",
    save: (text) => changeTrack(id, { isrc: text.trim() || null }),
    load: async () => (await load()).isrc ?? "",
  });
  const visibility = useAutosave({
    field: `${id}/visibility`,
    value: track.visibility,
    save: (value) => changeTrack(id, { visibility: value }),
    load: async () => (await load()).visibility,
  });
  const explicit = useAutosave({
    field: `${id}/explicit`,
    value: track.explicit,
    save: (value) => changeTrack(id, { explicit: value }),
    load: async () => (await load()).explicit,
  });
  return (
    <div className="grid gap-6">
      <SavedText auto={title} pointer="/title" label={t("studio.tracks.name")} maxLength={300} />
      <GenreField track={track} />
      <div className="grid gap-6 sm:grid-cols-2">
        <PriceField track={track} />
        <PreviewField track={track} />
      </div>
      <div>
        <VisibilityField
          of="track"
          value={visibility.value}
          onChange={(value) => atOnce(visibility, value)}
        />
        <Wrong auto={visibility} pointer="/visibility" />
      </div>
      <div>
        <Switch
          isSelected={explicit.value}
          onChange={(value) => atOnce(explicit, value)}
          hint={t("studio.tracks.explicit_hint")}
        >
          {t("studio.tracks.explicit")}
        </Switch>
        <Wrong auto={explicit} pointer="/explicit" />
      </div>
      <div className="grid gap-6 sm:grid-cols-2">
        <SavedText
          auto={credit}
          pointer="/artistCredit"
          label={t("studio.tracks.credit")}
          placeholder={track.artist.name}
          maxLength={300}
          className="sm:col-span-2"
        />
        <SavedText
          auto={date}
          pointer="/releaseDate"
          label={t("studio.date.label")}
          hint={t("studio.date.hint")}
          className="[&_input]:figure"
        />
        <SavedText
          auto={isrc}
          pointer="/isrc"
          label="ISRC"
          hint={t("studio.tracks.isrc_hint")}
          className="[&_input]:figure"
        />
      </div>
    </div>
  );
}

function atOnce<T>(auto: Autosave<T>, value: T): void {
  auto.set(value);
  auto.commit();
}

function Wrong<T>({ auto, pointer }: { auto: Autosave<T>; pointer: string }) {
  const { t } = useTranslation();
  const wrong = wrongOf(t, auto.error, pointer);
  return wrong ? (
    <p role="alert" className={WRONG}>
      {wrong}
    </p>
  ) : null;
}
