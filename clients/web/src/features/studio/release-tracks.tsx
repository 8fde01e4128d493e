import { moved, renumbered } from "@resonance/sdk/release";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { GridList } from "react-aria-components/GridList";
import { useDragAndDrop } from "react-aria-components/useDragAndDrop";
import { useTranslation } from "react-i18next";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { mark } from "./autosave.ts";
import { PickFiles } from "./pick.tsx";
import { type Album, albumTracksQuery, changeTrack, refreshStudio, type Track } from "./queries.ts";
import { ReleaseRow } from "./release-row.tsx";
import { send } from "./uploads.ts";

/** What a row carries when it is dragged. */
const ROW = "x-resonance-row";

const TrackDialog = lazy(() => import("./track-dialog.tsx"));
const ReleaseSplits = lazy(() => import("./release-splits.tsx"));

/** The tracks of a release in their order, which is changed by dragging, by keys or by the menu of each. */
export default function ReleaseTracks({ album, tracks }: { album: Album; tracks: readonly Track[] }) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<string>();
  const [sharing, setSharing] = useState(false);
  const order = useOrder(album.id);
  const put = (next: readonly Track[]) => order.mutate(next);
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ [ROW]: String(key) })),
    getAllowedDropOperations: () => ["move"],
    onReorder: ({ keys, target }) => {
      if (target.dropPosition === "on") {
        return;
      }
      const ids = tracks.map(({ id }) => id);
      const chosen = new Set([...keys].map(String));
      const next = moved(ids, chosen, String(target.key), target.dropPosition);
      put(next.flatMap((id) => tracks.find((track) => track.id === id) ?? []));
    },
  });
  const discs = new Set(tracks.map(({ discNo }) => discNo)).size;
  const shift = (at: number, by: number) => {
    const next = tracks.toSpliced(at, 1);
    const track = tracks[at];
    if (track) {
      put(next.toSpliced(at + by, 0, track));
    }
  };
  return (
    <Section
      title={t("studio.tracks.title")}
      more={
        <div className="flex flex-wrap items-center gap-3">
          {tracks.length > 1 && (
            <Button kind="plain" className="max-sm:-ms-3" onPress={() => setSharing(true)}>
              {t("studio.splits.for_all")}
            </Button>
          )}
          <PickFiles
            kind="quiet"
            onFiles={(files) => send(files, { page: album.artist.id, release: album.id })}
          />
        </div>
      }
    >
      <GridList
        aria-label={t("studio.tracks.title")}
        items={tracks}
        dragAndDropHooks={dragAndDropHooks}
        keyboardNavigationBehavior="tab"
        dependencies={[tracks, discs]}
        renderEmptyState={() => <p className="py-8 text-soft">{t("studio.tracks.empty")}</p>}
        className="border-t border-line outline-none"
      >
        {(track) => {
          const at = tracks.indexOf(track);
          return (
            <ReleaseRow
              track={track}
              number={discs > 1 ? `${track.discNo}.${track.trackNo}` : String(track.trackNo || "–")}
              isFirst={at === 0}
              isLast={at === tracks.length - 1}
              onUp={() => shift(at, -1)}
              onDown={() => shift(at, 1)}
              onEdit={() => setEdited(track.id)}
            />
          );
        }}
      </GridList>
      <p className="mt-3 text-13 text-faint">{t("studio.tracks.hint")}</p>
      {edited && (
        <Suspense fallback={<Skeleton className="h-1 w-full" />}>
          <TrackDialog id={edited} onClose={() => setEdited(undefined)} />
        </Suspense>
      )}
      {sharing && (
        <Suspense fallback={<Skeleton className="h-1 w-full" />}>
          <ReleaseSplits album={album} tracks={tracks} onClose={() => setSharing(false)} />
        </Suspense>
      )}
    </Section>
  );
}

/** How many orders of a release are on their way. */
const underWay = new Map<string, number>();

function count(release: string, by: 1 | -1) {
  const left = (underWay.get(release) ?? 0) + by;
  underWay.set(release, left);
  mark(`${release}/order`, left > 0 ? "saving" : undefined);
}

/** Writes the order of a release: seen at once, taken back if the server does not take it. */
function useOrder(release: string) {
  const { t } = useTranslation();
  const { queryKey } = albumTracksQuery(release);
  return useMutation({
    // One order after the other, so that the last one holds.
    scope: { id: `order:${release}` },
    onMutate: async (order: readonly Track[]) => {
      count(release, 1);
      await queryClient.cancelQueries({ queryKey });
      const places = new Map(renumbered(order).map((place) => [place.id, place]));
      queryClient.setQueryData(
        queryKey,
        order.map((track) => ({ ...track, ...places.get(track.id) })),
      );
      return [...places.values()];
    },
    mutationFn: async (order: readonly Track[]) => {
      for (const { id, discNo, trackNo } of renumbered(order)) {
        await changeTrack(id, { discNo, trackNo });
      }
    },
    onError: (error) => {
      toast(messageOf(t, error));
      refreshStudio();
    },
    onSettled: () => count(release, -1),
  });
}
