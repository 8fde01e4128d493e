import { ask } from "@resonance/sdk";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { LABEL, WRONG } from "../../ui/field-style.ts";
import { useAutosave } from "./autosave.ts";
import { changeTrack, genresQuery, type TrackDetail } from "./queries.ts";
import { Conflict } from "./saved-field.tsx";
import { Suggest } from "./suggest.tsx";
import { wrongOf } from "./wrong.ts";

const MOST = 10;

/** The genres of a track, the main one first; one that nobody used yet is made by writing it. */
export function GenreField({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const { id } = track;
  const genres = useQuery(genresQuery);
  const auto = useAutosave({
    field: `${id}/genres`,
    value: track.genres,
    save: (names) => changeTrack(id, { genres: names }),
    load: async () => (await ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } } }))).genres,
  });
  const has = (name: string) =>
    auto.value.some((each) => each.toLocaleLowerCase() === name.toLocaleLowerCase());
  const put = (names: string[]) => {
    auto.set(names);
    auto.commit();
  };
  const add = (name: string) => {
    if (!has(name) && auto.value.length < MOST) {
      put([...auto.value, name]);
    }
  };
  const wrong = wrongOf(t, auto.error, "/genres");
  return (
    <div className="grid gap-1.5">
      <p className={LABEL} id={`${id}-genres`}>
        {t("studio.genres.title")}
      </p>
      {auto.value.length > 0 && (
        <ul aria-labelledby={`${id}-genres`} className="flex flex-wrap gap-2">
          {auto.value.map((name) => (
            <li key={name} className="flex max-w-full items-center rounded-full border border-edge ps-4">
              <span className="one-line">{name}</span>
              <IconButton
                icon="close"
                size={16}
                label={t("studio.genres.remove", { name })}
                onPress={() => put(auto.value.filter((each) => each !== name))}
              />
            </li>
          ))}
        </ul>
      )}
      {auto.value.length < MOST && (
        <Suggest
          label={t("studio.genres.add")}
          labelHidden
          placeholder={t("studio.genres.add")}
          suggestions={(genres.data ?? []).filter(({ name }) => !has(name))}
          onPick={({ name }) => add(name)}
          onNew={add}
        />
      )}
      {wrong && <p className={WRONG}>{wrong}</p>}
      <Conflict auto={auto} show={(names) => names.join(", ")} />
    </div>
  );
}
