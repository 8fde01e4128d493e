import { ApiError, ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Artist, artistQuery } from "../catalogue/queries.ts";

/** Follows an artist, or no longer. */
export function Follow({ artist }: { artist: Artist }) {
  const { t } = useTranslation();
  const { mutate, isPending } = useMutation({
    mutationFn: () => {
      const target = { params: { path: { id: artist.id } } };
      const path = "/api/v1/artists/{id}/follow";
      return ask(artist.following ? server.api.DELETE(path, target) : server.api.PUT(path, target));
    },
    onSuccess: ({ following, followerCount }) => {
      queryClient.setQueryData(
        artistQuery(artist.id).queryKey,
        (before) => before && { ...before, following, stats: { ...before.stats, followerCount } },
      );
      void queryClient.invalidateQueries({ queryKey: ["artists"] });
    },
    onError: (error) => {
      const anonymous = error instanceof ApiError && error.status === 401;
      toast(anonymous ? t("listen.follow_log_in") : messageOf(t, error));
    },
  });
  return (
    <Button
      icon={artist.following ? "check" : "add"}
      busy={isPending}
      aria-pressed={artist.following}
      onPress={() => mutate()}
    >
      {artist.following ? t("listen.following") : t("listen.follow")}
    </Button>
  );
}
