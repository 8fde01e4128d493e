import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { messageOf, Skeleton } from "../../ui/state.tsx";
import { Credits } from "../catalogue/credits.tsx";
import { type Track, trackQuery } from "../catalogue/queries.ts";

/** More than these are asked for only when somebody wants to know. */
const AT_ONCE = 12;

/** Who worked on a release: the credits of its tracks, each person and part once. */
export function ReleaseCredits({ tracks }: { tracks: readonly Track[] }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(tracks.length <= AT_ONCE);
  const { credits, waiting, error } = useQueries({
    queries: wanted ? tracks.map((track) => trackQuery(track.id)) : [],
    combine: (found) => {
      const all = found.flatMap(({ data }) => data?.credits ?? []);
      const once = new Map(all.map((credit) => [`${credit.role}\n${credit.name}`, credit]));
      return {
        credits: [...once.values()],
        waiting: found.some((each) => each.isPending),
        error: found.find((each) => each.error)?.error,
      };
    },
  });
  if (wanted && !waiting && !error && credits.length === 0) {
    return null;
  }
  return (
    <Section title={t("listen.credits")}>
      {!wanted ? (
        <Button onPress={() => setWanted(true)}>{t("listen.show_credits")}</Button>
      ) : error ? (
        <p className="text-soft">{messageOf(t, error)}</p>
      ) : waiting ? (
        <Skeleton className="h-32 w-full" />
      ) : (
        <Credits credits={credits} />
      )}
    </Section>
  );
}
