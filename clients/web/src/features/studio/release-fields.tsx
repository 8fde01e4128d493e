import { ask } from "@resonance/sdk";
import { isReleaseDate } from "@resonance/sdk/release";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { WRONG } from "../../ui/field-style.ts";
import { Heading } from "../../ui/screen.tsx";
import { Select } from "../../ui/select.tsx";
import { useAutosave } from "./autosave.ts";
import { type Album, changeAlbum } from "./queries.ts";
import { Conflict, SavedText } from "./saved-field.tsx";
import { wrongOf } from "./wrong.ts";

const KINDS = ["album", "ep", "single", "compilation"] as const;

/** What a release is called, what it is, when it came out and what is said of it. */
export function ReleaseFields({ album }: { album: Album }) {
  const { t } = useTranslation();
  const { id } = album;
  const load = () => ask(server.api.GET("/api/v1/albums/{id}", { params: { path: { id } } }));
  const title = useAutosave({
    field: `${id}/title`,
    value: album.title,
    check: (text) => (text.trim() === "" ? t("studio.save.no_title") : undefined),
    save: (text) => changeAlbum(id, { title: text }),
    load: async () => (await load()).title,
  });
  const kind = useAutosave({
    field: `${id}/kind`,
    value: album.kind,
    save: (value) => changeAlbum(id, { kind: value }),
    load: async () => (await load()).kind,
  });
  const date = useAutosave({
    field: `${id}/releaseDate`,
    value: album.releaseDate ?? "",
    check: (text) => (text === "" || isReleaseDate(text.trim()) ? undefined : t("studio.date.wrong")),
    save: (text) => changeAlbum(id, { releaseDate: text.trim() || null }),
    load: async () => (await load()).releaseDate ?? "",
  });
  const description = useAutosave({
    field: `${id}/description`,
    value: album.description,
    save: (text) => changeAlbum(id, { description: text }),
    load: async () => (await load()).description,
  });
  return (
    <div className="grid content-start gap-5">
      <Heading className="sr-only">{album.title}</Heading>
      <SavedText
        auto={title}
        pointer="/title"
        label={t("studio.release.title")}
        maxLength={300}
        className="[&_input]:h-14 [&_input]:text-22 [&_input]:font-semibold"
      />
      <div className="grid gap-5 sm:grid-cols-2">
        <div>
          <Select
            label={t("studio.release.kind")}
            value={kind.value}
            choices={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))}
            onChange={(value) => {
              kind.set(value);
              kind.commit();
            }}
          />
          {kind.error !== undefined && <p className={WRONG}>{wrongOf(t, kind.error, "/kind")}</p>}
          <Conflict auto={kind} show={(value) => t(`kind.${value}`)} />
        </div>
        <SavedText
          auto={date}
          pointer="/releaseDate"
          label={t("studio.date.label")}
          hint={t("studio.date.hint")}
          className="[&_input]:figure"
        />
      </div>
      <SavedText
        auto={description}
        pointer="/description"
        label={t("studio.release.description")}
        lines={4}
        maxLength={5000}
      />
    </div>
  );
}
