import { ask } from "@resonance/sdk";
import { useMutation, useQueries } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { useClosing } from "./ask-unsent.tsx";
import { type Album, splitsQuery, type Track } from "./queries.ts";
import { ShareFields } from "./share-fields.tsx";
import { alike, isAll, likeness, pointsOf, type Share, sharesOf, splitOf } from "./shares.ts";
import { hold } from "./unsent.ts";
import { wrongOf } from "./wrong.ts";

/** A track with how it is shared. */
interface Shared {
  track: Track;
  shares: readonly Share[];
}

interface ReleaseSplitsProps {
  album: Album;
  tracks: readonly Track[];
  onClose: () => void;
}

/** One split for every track of a release. */
export default function ReleaseSplits({ album, tracks, onClose }: ReleaseSplitsProps) {
  const { t } = useTranslation();
  const { shared, error, retry } = useQueries({
    queries: tracks.map(({ id }) => splitsQuery(id)),
    combine: (found) => ({
      shared: tracks.flatMap((track, at): Shared[] => {
        const split = found[at]?.data;
        return split ? [{ track, shares: sharesOf(split) }] : [];
      }),
      error: found.find((each) => each.isLoadingError)?.error,
      retry: () => Promise.all(found.map((each) => each.refetch())),
    }),
  });
  if (shared.length === tracks.length) {
    return <SameForAll album={album} shared={shared} onClose={onClose} />;
  }
  return (
    <Dialog wide sheet isOpen onClose={onClose} title={t("studio.splits.for_all")}>
      {error ? <Failure error={error} retry={retry} /> : <Skeleton className="h-40 w-full" />}
    </Dialog>
  );
}

function SameForAll({
  album,
  shared,
  onClose,
}: {
  album: Album;
  shared: readonly Shared[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const groups = alike(shared);
  const [first] = useState(() => [...(groups[0]?.[0]?.shares ?? [])]);
  const [shares, setShares] = useState(first);
  const { save, sent, failed } = useSameForAll();
  const isWhole = isAll(pointsOf(shares));
  const others = shared.filter((each) => likeness(each.shares) !== likeness(shares));
  const isDraft = likeness(shares) !== likeness(first);
  const form = `${album.id}/splits`;
  const { close, question } = useClosing(form, onClose);
  const { mutateAsync, isPending } = save;
  useEffect(() => {
    if (isDraft && others.length > 0) {
      hold(`${form}/all`, {
        what: t("studio.splits.for_all_unsent"),
        save: isWhole ? () => mutateAsync({ shares, to: others }) : undefined,
        drop: () => {},
      });
    }
    return () => hold(`${form}/all`, undefined);
  });
  return (
    <Dialog
      wide
      sheet
      isOpen
      onClose={() => isPending || close()}
      title={t("studio.splits.for_all")}
      actions={
        <Button
          kind="primary"
          busy={isPending}
          isDisabled={!isWhole || others.length === 0}
          onPress={() =>
            mutateAsync({ shares, to: others }).then(
              () => onClose(),
              () => {},
            )
          }
        >
          {t("studio.splits.set", { count: others.length || shared.length })}
        </Button>
      }
    >
      <div className="grid gap-4">
        <p className="max-w-[58ch] text-13 text-soft">{t("studio.splits.for_all_text")}</p>
        <Now groups={groups} onTake={setShares} />
        <ShareFields shares={shares} onChange={setShares} />
        {isPending && <Progress {...sent} />}
        {!isPending && <Failed failed={failed} />}
      </div>
      {question}
    </Dialog>
  );
}

/** How the tracks are shared now: in one line where that is the same for all, else which of them differ. */
function Now({
  groups,
  onTake,
}: {
  groups: readonly (readonly Shared[])[];
  onTake: (shares: Share[]) => void;
}) {
  const { t, i18n } = useTranslation();
  const heading = useId();
  const list = new Intl.ListFormat(i18n.language);
  if (groups.length < 2) {
    return <p className="text-13">{t("studio.splits.all_alike")}</p>;
  }
  return (
    <section aria-labelledby={heading}>
      <h3 id={heading} className="text-13 text-soft">
        {t("studio.splits.differ")}
      </h3>
      <ul className="mt-1 max-h-52 overflow-y-auto border-t border-line">
        {groups.map((group) => {
          const [{ shares } = { shares: [] }] = group;
          return (
            <li
              key={likeness(shares)}
              className="ruled grid grid-cols-[1fr_auto] items-center gap-x-3 py-1 text-13"
            >
              <div className="min-w-0 [overflow-wrap:anywhere]">
                <p className="font-medium">
                  {list.format(shares.map((share) => `${share.artistName} ${share.percent} %`))}
                </p>
                <p className="text-soft">{group.map(({ track }) => track.title).join(" · ")}</p>
              </div>
              <Button kind="plain" onPress={() => onTake([...shares])}>
                {t("studio.splits.take")}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface Sent {
  done: number;
  all: number;
}

function Progress({ done, all }: Sent) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-3">
      <progress
        value={done}
        max={all}
        aria-label={t("studio.splits.progress")}
        className="h-1 w-full max-w-72 appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-paper [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-paper"
      />
      <span className="figure text-13 text-soft">{t("studio.upload.sum", { done, all })}</span>
    </div>
  );
}

interface Refused {
  track: Track;
  error: unknown;
}

function Failed({ failed }: { failed: readonly Refused[] }) {
  const { t } = useTranslation();
  return (
    failed.length > 0 && (
      <div role="alert" className="text-13 text-rust">
        <p>{t("studio.splits.failed", { count: failed.length })}</p>
        <ul className="mt-1 list-disc ps-5">
          {failed.map(({ track, error }) => (
            <li key={track.id} className="[overflow-wrap:anywhere]">
              {track.title}: {wrongOf(t, error, "/shares")}
            </li>
          ))}
        </ul>
      </div>
    )
  );
}

/** Writes the split of one track after the other; one that is refused keeps none of the others from it. */
function useSameForAll() {
  const { t } = useTranslation();
  const [sent, setSent] = useState<Sent>({ done: 0, all: 0 });
  const [failed, setFailed] = useState<readonly Refused[]>([]);
  const save = useMutation({
    mutationFn: async ({ shares, to }: { shares: readonly Share[]; to: readonly Shared[] }) => {
      const refused: Refused[] = [];
      setFailed([]);
      for (const [done, { track }] of to.entries()) {
        setSent({ done, all: to.length });
        try {
          const params = { path: { id: track.id } };
          const split = await ask(
            server.api.PUT("/api/v1/tracks/{id}/splits", { params, body: splitOf(shares) }),
          );
          queryClient.setQueryData(splitsQuery(track.id).queryKey, split);
        } catch (error) {
          refused.push({ track, error });
        }
      }
      setFailed(refused);
      if (refused[0]) {
        throw refused[0].error;
      }
      toast(t("studio.splits.all_set", { count: to.length }));
    },
  });
  return { save, sent, failed };
}
