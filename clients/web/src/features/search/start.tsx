import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Section } from "../../ui/screen.tsx";
import { Empty, Failure } from "../../ui/state.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { genresQuery } from "../catalogue/queries.ts";
import { ReleaseGrid } from "../catalogue/release-grid.tsx";
import { newReleasesQuery } from "../listen/queries.ts";
import { forget, useRecent } from "./recent.ts";

/** Before anything is typed: what was searched here, and what there is to find. */
export function Start({ choose }: { choose: (q: string) => void }) {
  const { t } = useTranslation();
  const recent = useRecent((state) => state.recent);
  const { data: genres = [] } = useQuery(genresQuery);
  const { items: releases, error, retry } = useEndless(useInfiniteQuery(newReleasesQuery));
  if (recent.length === 0 && genres.length === 0) {
    if (error) {
      return <Failure error={error} retry={retry} />;
    }
    if (releases?.length === 0) {
      return <Nothing />;
    }
  }
  return (
    <>
      {recent.length > 0 && (
        <Section
          title={t("search.recent")}
          className="mt-6"
          more={
            <Button kind="plain" className="-me-3" onPress={() => forget()}>
              {t("search.forget_all")}
            </Button>
          }
        >
          <ul className="border-t border-line">
            {recent.map((q) => (
              <li key={q} className="ruled flex items-center">
                <button
                  type="button"
                  onClick={() => choose(q)}
                  className="flex h-11 min-w-0 flex-1 cursor-pointer items-center gap-3 text-start text-soft -outline-offset-2 hover:text-paper"
                >
                  <Icon name="clock" size={16} />
                  <span className="one-line">{q}</span>
                </button>
                <IconButton
                  icon="close"
                  size={16}
                  label={t("search.forget", { q })}
                  onPress={() => forget(q)}
                />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {genres.length > 0 && (
        <Section title={t("search.genres")} className="mt-8">
          <Genres names={genres.map(({ name }) => name)} />
        </Section>
      )}
      {releases && releases.length > 0 && (
        <Section title={t("listen.new_releases")}>
          <ReleaseGrid label={t("listen.new_releases")} releases={releases} />
        </Section>
      )}
    </>
  );
}

/** An empty field alone would look broken. */
function Nothing() {
  const { t } = useTranslation();
  const me = useMe();
  if (me === undefined) {
    return null;
  }
  return me ? (
    <Empty title={t("listen.nothing")} />
  ) : (
    <Empty title={t("listen.nothing_public")}>{t("listen.nothing_public_text")}</Empty>
  );
}

/** Genres, each a way to its tracks. */
export function Genres({ names }: { names: readonly string[] }) {
  return (
    <ul className="flex flex-wrap gap-2">
      {names.map((genre) => (
        <li key={genre}>
          <Link
            to="/search"
            search={{ type: "track", genre }}
            className="flex h-11 items-center rounded-full border border-edge px-4 hover:border-paper"
          >
            {genre}
          </Link>
        </li>
      ))}
    </ul>
  );
}
