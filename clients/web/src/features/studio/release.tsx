import { ApiError } from "@resonance/sdk";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../ui/button.tsx";
import { Title } from "../../ui/screen.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { albumQuery, albumTracksQuery } from "./queries.ts";
import { ReleaseCover } from "./release-cover.tsx";
import { ReleaseFields } from "./release-fields.tsx";
import { ReleasePublish } from "./release-publish.tsx";
import { ReleaseRemove } from "./release-remove.tsx";
import { SaveLine } from "./saved-field.tsx";

// Dragging and its keys are heavy; what the release is called can be written meanwhile.
const ReleaseTracks = lazy(() => import("./release-tracks.tsx"));

/** The whole of a release on one page: what it is called, what is on it, and who may hear it. */
export function ReleaseEditor({ release }: { release: string }) {
  const { t } = useTranslation();
  const album = useQuery(albumQuery(release));
  const tracks = useQuery(albumTracksQuery(release));
  const error = album.error ?? tracks.error;
  if (error instanceof ApiError && error.status === 404) {
    return (
      <Empty
        screen
        title={t("studio.release.gone")}
        action={<LinkButton to="/studio">{t("studio.nav.releases")}</LinkButton>}
      />
    );
  }
  // What is being edited stays there when it cannot be asked for again.
  if (error && !(album.data && tracks.data)) {
    return <Failure screen error={error} retry={() => Promise.all([album.refetch(), tracks.refetch()])} />;
  }
  if (!album.data || !tracks.data) {
    return <Waiting />;
  }
  return (
    <article className="mt-8">
      <Title>{album.data.title}</Title>
      <div className="grid gap-8 @sm:grid-cols-[14rem_1fr]">
        <ReleaseCover album={album.data} />
        <ReleaseFields album={album.data} />
      </div>
      <ReleasePublish album={album.data} tracks={tracks.data} />
      <Suspense fallback={<TracksOnTheWay count={tracks.data.length} />}>
        <ReleaseTracks album={album.data} tracks={tracks.data} />
      </Suspense>
      <footer className="mt-12 flex flex-wrap items-center justify-between gap-4">
        <SaveLine />
        <ReleaseRemove album={album.data} tracks={tracks.data} />
      </footer>
    </article>
  );
}

function Waiting() {
  return (
    <div className="mt-8 grid gap-8 @sm:grid-cols-[14rem_1fr]">
      <Skeleton className="aspect-square w-full max-w-56" />
      <div className="grid content-start gap-4">
        <Skeleton className="h-11" />
        <Skeleton className="h-11" />
        <Skeleton className="h-28" />
      </div>
    </div>
  );
}

function TracksOnTheWay({ count }: { count: number }) {
  return (
    <div className="mt-12 grid gap-2 pt-14">
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: stand-ins have nothing but their place
        <Skeleton key={row} className="h-11 w-full" />
      ))}
    </div>
  );
}
