import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePlayer } from "../../player/player.ts";
import { Button } from "../../ui/button.tsx";
import { Rate } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { Portrait } from "../catalogue/portrait.tsx";
import type { bestOf } from "./queries.ts";

type BestProps = NonNullable<ReturnType<typeof bestOf>>;

const ROW = "flex max-w-sm items-center gap-5";

/** The best hit of all, large. */
export function Best(best: BestProps) {
  const { t } = useTranslation();
  switch (best.kind) {
    case "track": {
      const track = best.item;
      return (
        track && (
          <div className={ROW}>
            <Sleeve
              src={track.coverUrl}
              title={track.album?.title ?? track.title}
              size={128}
              className="w-28"
            />
            <Words kind={t("listen.track")}>
              <Link to="/t/$track" params={{ track: track.id }} className="hover:underline">
                <Name>{track.title}</Name>
              </Link>
              <p className="one-line text-soft">
                <Link to="/a/$artist" params={{ artist: track.artist.id }} className="hover:underline">
                  {track.artistCredit ?? track.artist.name}
                </Link>
              </p>
              <p className="mt-2 flex flex-wrap items-center gap-3">
                <Button
                  kind="primary"
                  icon="play"
                  onPress={() =>
                    usePlayer.getState().play([track], 0, { kind: "search", title: track.title })
                  }
                >
                  {t("listen.play")}
                </Button>
                <Rate price={track.pricePerSecond} />
              </p>
            </Words>
          </div>
        )
      );
    }
    case "album": {
      const release = best.item;
      return (
        release && (
          <Link to="/r/$release" params={{ release: release.id }} className={`${ROW} group`}>
            <Sleeve src={release.coverUrl} title={release.title} size={128} className="w-28" />
            <Words kind={t(`kind.${release.kind}`)}>
              <Name>{release.title}</Name>
              <p className="one-line text-soft">{release.artist.name}</p>
            </Words>
          </Link>
        )
      );
    }
    case "artist": {
      const artist = best.item;
      return (
        artist && (
          <Link to="/a/$artist" params={{ artist: artist.id }} className={`${ROW} group`}>
            <Portrait artist={artist} size={128} className="w-28" />
            <Words kind={t("listen.artist")}>
              <Name>{artist.displayName}</Name>
              <p className="one-line text-soft">{artist.genres.slice(0, 3).join(" · ")}</p>
            </Words>
          </Link>
        )
      );
    }
    default: {
      const genre = best.item;
      return (
        genre && (
          <Link to="/search" search={{ type: "track", genre: genre.name }} className={`${ROW} group`}>
            <Words kind={t("listen.genre")}>
              <Name>{genre.name}</Name>
            </Words>
            <Icon name="forward" />
          </Link>
        )
      );
    }
  }
}

function Words({ kind, children }: { kind: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 grid-cols-1">
      <p className="text-13 text-soft">{kind}</p>
      {children}
    </div>
  );
}

function Name({ children }: { children: string }) {
  return (
    <span className="display line-clamp-2 pt-1 text-32 leading-[1.15] [overflow-wrap:anywhere] group-hover:underline">
      {children}
    </span>
  );
}
