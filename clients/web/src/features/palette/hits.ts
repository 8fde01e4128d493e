import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { IconName } from "../../ui/icons.tsx";
import { searchQuery } from "../search/queries.ts";

/** What the palette offers. */
export interface Hit {
  id: string;
  label: string;
  about: string;
  /** In the place of a picture. */
  icon?: IconName;
  picture?: string | null | undefined;
  do: () => void;
}

/** What the server finds, and a way to all of it. */
export function useHits(q: string): Hit[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data } = useQuery(searchQuery(q, 4));
  if (!data || !q) {
    return [];
  }
  return [
    ...data.tracks.items.map((track) => ({
      id: track.id,
      label: track.title,
      about: track.artistCredit ?? track.artist.name,
      picture: track.coverUrl,
      do: () => void navigate({ to: "/t/$track", params: { track: track.id } }),
    })),
    ...data.albums.items.map((release) => ({
      id: release.id,
      label: release.title,
      about: `${t(`kind.${release.kind}`)} · ${release.artist.name}`,
      picture: release.coverUrl,
      do: () => void navigate({ to: "/r/$release", params: { release: release.id } }),
    })),
    ...data.artists.items.map((artist) => ({
      id: artist.id,
      label: artist.displayName,
      about: t("listen.artist"),
      picture: artist.avatarUrl,
      do: () => void navigate({ to: "/a/$artist", params: { artist: artist.id } }),
    })),
    {
      id: "all",
      label: t("palette.all", { q }),
      about: "",
      icon: "search",
      do: () => void navigate({ to: "/search", search: { q } }),
    },
  ];
}
