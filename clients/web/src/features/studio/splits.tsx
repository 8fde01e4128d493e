import { ask, type components } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { WRONG } from "../../ui/field-style.ts";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { splitsQuery, type TrackDetail } from "./queries.ts";
import { ShareFields } from "./share-fields.tsx";
import { isAll, pointsOf, type Share, sharesOf, splitOf } from "./shares.ts";
import { hold } from "./unsent.ts";
import { wrongOf } from "./wrong.ts";

type Split = components["schemas"]["Split"];

/** Who gets how much of what a track earns. It is saved as a whole, as the next version. */
export function SplitsEditor({ track }: { track: TrackDetail }) {
  const { data, error, refetch } = useQuery(splitsQuery(track.id));
  if (error && !data) {
    return <Failure error={error} retry={() => refetch()} />;
  }
  return data ? (
    <Shares key={data.version} track={track} split={data} />
  ) : (
    <Skeleton className="h-40 w-full" />
  );
}

/** What was changed and not saved yet, by track and version: closing the editor loses nothing. */
const drafts = new Map<string, Share[]>();

function Shares({ track, split }: { track: TrackDetail; split: Split }) {
  const { t, i18n } = useTranslation();
  const { id } = track;
  const saved = sharesOf(split);
  const key = `${id}/splits/${split.version}`;
  const [shares, show] = useState(drafts.get(key) ?? saved);
  const isOther = (next: Share[]) => JSON.stringify(next) !== JSON.stringify(saved);
  const forget = () => {
    drafts.delete(key);
    hold(key, undefined);
  };
  const setShares = (next: Share[]) => {
    show(next);
    if (!isOther(next)) {
      forget();
      return;
    }
    drafts.set(key, next);
    hold(key, {
      what: t("studio.splits.of", { title: track.title }),
      save: isAll(pointsOf(next)) ? () => save.mutateAsync(next) : undefined,
      drop: forget,
    });
  };
  const isWhole = isAll(pointsOf(shares));
  const isDirty = isOther(shares);
  const save = useMutation({
    mutationFn: (next: readonly Share[]) =>
      ask(
        server.api.PUT("/api/v1/tracks/{id}/splits", {
          params: { path: { id } },
          body: splitOf(next),
        }),
      ),
    onSuccess: (next) => {
      forget();
      queryClient.setQueryData(splitsQuery(id).queryKey, next);
      toast(t("studio.splits.saved", { version: next.version }));
    },
  });
  const wrong = wrongOf(t, save.error, "/shares");
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(shares);
      }}
    >
      <p className="max-w-[58ch] text-13 text-soft">
        {split.version > 0 && split.createdAt
          ? t("studio.splits.version", {
              version: split.version,
              since: new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" }).format(
                new Date(split.createdAt),
              ),
            })
          : t("studio.splits.none")}
      </p>
      <ShareFields shares={shares} onChange={setShares} />
      {wrong && (
        <p role="alert" className={WRONG}>
          {wrong}
        </p>
      )}
      <div className="flex flex-wrap gap-3">
        <Button type="submit" kind="primary" busy={save.isPending} isDisabled={!isDirty || !isWhole}>
          {t("studio.splits.save", { version: split.version + 1 })}
        </Button>
        {isDirty && (
          <Button kind="plain" onPress={() => setShares(saved)}>
            {t("studio.splits.undo")}
          </Button>
        )}
      </div>
    </form>
  );
}
