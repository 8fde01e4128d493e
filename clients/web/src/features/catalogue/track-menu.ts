import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { usePlayer } from "../../player/player.ts";
import type { MenuEntry } from "../../ui/menu.tsx";
import { toast } from "../../ui/toast.tsx";
import { toggleLike } from "./likes.ts";
import type { Track } from "./queries.ts";
import { share } from "./share.ts";

/** What can be done with a track, wherever it stands. */
export function useTrackEntries(): (track: Track, liked: boolean) => MenuEntry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { playNext, enqueue } = usePlayer.getState();
  return (track, liked) => {
    const { album, artist } = track;
    const entries: MenuEntry[] = [
      {
        id: "next",
        label: t("listen.play_next"),
        icon: "play_next",
        do: () => {
          playNext([track]);
          toast(t("listen.plays_next", { title: track.title }));
        },
      },
      {
        id: "queue",
        label: t("listen.add_to_queue"),
        icon: "queue",
        do: () => {
          enqueue([track]);
          toast(t("listen.queued", { title: track.title }));
        },
      },
      {
        id: "like",
        label: liked ? t("listen.unlike") : t("listen.like"),
        icon: liked ? "heart_full" : "heart",
        do: () => void toggleLike(track),
      },
      { line: "places" },
      {
        id: "track",
        label: t("listen.go_track"),
        icon: "info",
        do: () => void navigate({ to: "/t/$track", params: { track: track.id } }),
      },
    ];
    if (album) {
      entries.push({
        id: "release",
        label: t("listen.go_release"),
        icon: "album",
        do: () => void navigate({ to: "/r/$release", params: { release: album.id } }),
      });
    }
    entries.push(
      {
        id: "artist",
        label: t("listen.go_artist"),
        icon: "artist",
        do: () => void navigate({ to: "/a/$artist", params: { artist: artist.id } }),
      },
      { line: "out" },
      {
        id: "share",
        label: t("listen.share"),
        icon: "share",
        do: () => void share(`/t/${track.id}`, track.title),
      },
    );
    return entries;
  };
}
