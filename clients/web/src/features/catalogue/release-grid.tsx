import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Sleeve } from "../../ui/sleeve.tsx";
import type { More } from "./endless.ts";
import { CELL, Grid } from "./grid.tsx";
import { PlayRelease } from "./play-release.tsx";
import { Portrait } from "./portrait.tsx";
import type { Album, Artist } from "./queries.ts";

/** Releases by their sleeves, with a way to play each at once. */
export function ReleaseGrid({
  label,
  releases,
  more,
  artist = true,
}: {
  label: string;
  releases: readonly Album[];
  more?: More;
  /** Whether each says whose it is. */
  artist?: boolean;
}) {
  return (
    <Grid
      label={label}
      items={releases}
      more={more}
      keyOf={(release) => release.id}
      render={(release) => <ReleaseCell release={release} artist={artist} />}
    />
  );
}

function ReleaseCell({ release, artist }: { release: Album; artist: boolean }) {
  const { t } = useTranslation();
  const year = release.releaseDate?.slice(0, 4);
  return (
    <div className="group relative">
      <Link to="/r/$release" params={{ release: release.id }} className="block">
        <Sleeve src={release.coverUrl} title={release.title} size={CELL} className="w-full" />
        <span className="mt-2.5 line-clamp-2 font-medium [overflow-wrap:anywhere] group-hover:underline">
          {release.title}
        </span>
      </Link>
      <div className="flex min-h-6 items-center gap-2 text-13 text-soft">
        {artist ? (
          <Link
            to="/a/$artist"
            params={{ artist: release.artist.id }}
            className="one-line py-0.75 hover:text-paper hover:underline"
          >
            {release.artist.name}
          </Link>
        ) : (
          <span>{t(`kind.${release.kind}`)}</span>
        )}
        {year && <span className="figure ms-auto text-12">{year}</span>}
      </div>
      <PlayRelease release={release} />
    </div>
  );
}

/** Artists by their portraits. */
export function ArtistGrid({
  label,
  artists,
  more,
}: {
  label: string;
  artists: readonly Artist[];
  more?: More;
}) {
  const { t } = useTranslation();
  return (
    <Grid
      label={label}
      items={artists}
      more={more}
      keyOf={(artist) => artist.id}
      render={(artist) => (
        <Link to="/a/$artist" params={{ artist: artist.id }} className="group block">
          <Portrait artist={artist} size={CELL} className="w-full" />
          <span className="mt-2.5 line-clamp-2 font-medium [overflow-wrap:anywhere] group-hover:underline">
            {artist.displayName}
          </span>
          <span className="block text-13 text-soft">
            {artist.stats.albumCount > 0
              ? t("listen.releases_count", { count: artist.stats.albumCount })
              : t("listen.artist")}
          </span>
        </Link>
      )}
    />
  );
}
