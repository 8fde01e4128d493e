import { ApiError, ask } from "@resonance/sdk";
import i18next from "i18next";
import { create } from "zustand";
import { server } from "../../app/client.ts";
import { meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import type { Track } from "./queries.ts";

interface Like {
  liked: boolean;
  likeCount: number;
}

/**
 * What was liked here since the lists were loaded: the same track stands in many lists, and one press shows in
 * all of them at once.
 */
const useLikes = create<{ likes: Readonly<Record<string, Like>> }>(() => ({ likes: {} }));

// Another account, or nobody: what this one liked is none of theirs. Who it was that pressed may be known only later.
let account = queryClient.getQueryData(meQuery.queryKey);
queryClient.getQueryCache().subscribe(({ query }) => {
  if (query.queryKey[0] === meQuery.queryKey[0] && query.queryKey.length === 1) {
    const now = queryClient.getQueryData(meQuery.queryKey);
    if (now !== undefined) {
      if (account !== undefined && account?.userId !== now?.userId) {
        useLikes.setState({ likes: {} });
      }
      account = now;
    }
  }
});

type Liked = Pick<Track, "id" | "liked" | "likeCount">;

/** Whether a track is liked and by how many, with what was pressed here. */
export function useLike(track: Liked): Like {
  const here = useLikes(({ likes }) => likes[track.id]);
  return here ?? track;
}

function put(id: string, like: Like | undefined) {
  useLikes.setState(({ likes }) => {
    const { [id]: _before, ...rest } = likes;
    return { likes: like ? { ...rest, [id]: like } : rest };
  });
}

// Tracks that the server is being asked about: two answers for one could overtake each other.
const asking = new Set<string>();

/**
 * Likes a track, or takes that back: shown at once, and undone if the server refuses. Of several presses in a row the
 * last one counts.
 */
export async function toggleLike(track: Liked): Promise<void> {
  let known = useLikes.getState().likes[track.id];
  const { liked, likeCount } = known ?? track;
  put(track.id, { liked: !liked, likeCount: Math.max(0, likeCount + (liked ? -1 : 1)) });
  if (asking.has(track.id)) return;
  asking.add(track.id);
  const target = { params: { path: { id: track.id } } };
  const path = "/api/v1/tracks/{id}/like";
  const wanted = () => useLikes.getState().likes[track.id]?.liked ?? liked;
  try {
    for (let now = liked, want = wanted(); want !== now; want = wanted()) {
      known = await ask(want ? server.api.PUT(path, target) : server.api.DELETE(path, target));
      now = want;
      if (wanted() === now) put(track.id, known);
    }
    // A first like may have earned points.
    void queryClient.invalidateQueries({ queryKey: ["wallet"] });
    // What is liked joins the list of likes at once; what is not any more stays under the reader's eyes until the next time.
    void queryClient.invalidateQueries({ queryKey: ["likes"], refetchType: liked ? "none" : "active" });
  } catch (error) {
    put(track.id, known);
    const anonymous = error instanceof ApiError && error.status === 401;
    toast(anonymous ? i18next.t("listen.like_log_in") : messageOf(i18next.t, error));
  } finally {
    asking.delete(track.id);
  }
}
