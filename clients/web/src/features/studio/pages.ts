import { ApiError, ask, type components } from "@resonance/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { server } from "../../app/client.ts";
import { type Me, useMe } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";

type Artist = components["schemas"]["Artist"];

/** An artist page with what the account may do there. */
export interface Page extends Artist {
  role: components["schemas"]["ManagerRole"];
}

interface Chosen {
  /** The page that the studio shows. */
  page: string | undefined;
  /** Pages that this account was seen to manage, by account. */
  known: Readonly<Record<string, readonly string[]>>;
}

/** Which of several pages the studio is for, on this device. */
export const useChosen = create<Chosen>()(
  persist((): Chosen => ({ page: undefined, known: {} }), { name: "resonance.studio" }),
);

export function choosePage(page: string): void {
  useChosen.setState({ page });
}

/** Keeps in mind that the account manages the page. */
export function keepPage(account: string, page: string): void {
  useChosen.setState(({ known }) => ({
    page,
    known: { ...known, [account]: [...new Set([...(known[account] ?? []), page])] },
  }));
  void queryClient.invalidateQueries({ queryKey: ["studio", "pages"] });
}

/** The pages that the account manages. */
export const pagesQuery = (me: Me) =>
  queryOptions({
    queryKey: ["studio", "pages", me.userId],
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }) => {
      const found = new Map<string, Page>();
      // The service does not list them by account yet: its lists show private things to managers only, which names
      // the pages; each is asked whether the account manages it.
      for (const candidates of [() => near(me, signal), () => everybody(signal)]) {
        for (const id of await candidates()) {
          const page = found.has(id) ? undefined : await managed(id, me.userId, signal);
          if (page) {
            found.set(id, page);
          }
        }
        if (found.size > 0) {
          break;
        }
      }
      return [...found.values()].sort((a, b) => a.displayName.localeCompare(b.displayName));
    },
  });

async function near(me: Me, signal: AbortSignal): Promise<Set<string>> {
  const ids = new Set(useChosen.getState().known[me.userId] ?? []);
  for (const visibility of ["private", "unlisted"] as const) {
    const { items } = await ask(
      server.api.GET("/api/v1/tracks", {
        params: { query: { visibility, sort: "created", order: "desc", limit: 200 } },
        signal,
      }),
    );
    for (const { artist } of items) {
      ids.add(artist.id);
    }
  }
  if (me.username) {
    const query = { q: me.username, limit: 5 };
    const { items } = await ask(server.api.GET("/api/v1/artists", { params: { query }, signal }));
    for (const { id } of items) {
      ids.add(id);
    }
  }
  return ids;
}

async function everybody(signal: AbortSignal): Promise<string[]> {
  const { items } = await ask(
    server.api.GET("/api/v1/artists", { params: { query: { limit: 100 } }, signal }),
  );
  return items.map(({ id }) => id);
}

async function managed(id: string, userId: string, signal: AbortSignal): Promise<Page | undefined> {
  try {
    const path = { id, userId };
    const { role } = await ask(
      server.api.GET("/api/v1/artists/{id}/managers/{userId}", { params: { path }, signal }),
    );
    const artist = await ask(server.api.GET("/api/v1/artists/{id}", { params: { path: { id } }, signal }));
    return { ...artist, role };
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) {
      return undefined;
    }
    throw error;
  }
}

/** The pages of this account and the one that the studio is for; undefined until that is known. */
export function usePages() {
  const me = useMe();
  const chosen = useChosen(({ page }) => page);
  const query = useQuery({
    ...(me ? pagesQuery(me) : { queryKey: ["studio", "pages"], queryFn: (): Page[] => [] }),
    // Who manages none is not asked for them.
    enabled: Boolean(me?.artistStats),
  });
  const pages = me && !me.artistStats ? [] : query.data;
  return {
    pages,
    page: pages?.find(({ id }) => id === chosen) ?? pages?.[0],
    error: query.error,
    retry: () => void query.refetch(),
  };
}
