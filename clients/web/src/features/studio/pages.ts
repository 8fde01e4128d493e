import { ask, type components } from "@resonance/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { server } from "../../app/client.ts";
import { type Me, useMe } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { every, next } from "./queries.ts";

type Artist = components["schemas"]["Artist"];

/** An artist page with what the account may do there. */
export interface Page extends Artist {
  role: components["schemas"]["ManagerRole"];
  /** Whether the account took it on: what others made it a manager of is not used before that. */
  accepted: boolean;
}

interface Chosen {
  /** The page that the studio shows. */
  page: string | undefined;
}

/** Which of several pages the studio is for, on this device. */
export const useChosen = create<Chosen>()(
  persist((): Chosen => ({ page: undefined }), { name: "resonance.studio" }),
);

export function choosePage(page: string): void {
  useChosen.setState({ page });
}

/** The account manages another page, which the studio is for from now on. */
export function keepPage(page: string): void {
  choosePage(page);
  void queryClient.invalidateQueries({ queryKey: ["studio", "pages"] });
}

/** The pages that the account manages, by name. */
export const pagesQuery = (me: Me) =>
  queryOptions({
    queryKey: ["studio", "pages", me.userId],
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }): Promise<Page[]> => {
      const found = await every((cursor) =>
        ask(server.api.GET("/api/v1/me/artists", { params: { query: next(cursor) }, signal })),
      );
      return found.sort((a, b) => a.displayName.localeCompare(b.displayName));
    },
  });

/** Whether the account manages this page: nobody pays themselves. */
export function useOwns(page: string | undefined): boolean {
  const me = useMe();
  const { data } = useQuery({
    ...(me ? pagesQuery(me) : { queryKey: ["studio", "pages"], queryFn: (): Page[] => [] }),
    enabled: Boolean(me?.artistStats) && page !== undefined,
  });
  return data?.some(({ id, accepted }) => accepted && id === page) ?? false;
}

/**
 * The pages of this account and the one that the studio is for; undefined until that is known. `offers`: those that it has
 * not said yes to.
 */
export function usePages() {
  const me = useMe();
  const chosen = useChosen(({ page }) => page);
  const query = useQuery({
    ...(me ? pagesQuery(me) : { queryKey: ["studio", "pages"], queryFn: (): Page[] => [] }),
    enabled: Boolean(me),
  });
  const all = query.data;
  const pages = all?.filter(({ accepted }) => accepted);
  return {
    pages,
    offers: all?.filter(({ accepted }) => !accepted) ?? [],
    page: pages?.find(({ id }) => id === chosen) ?? pages?.[0],
    error: query.isLoadingError ? query.error : null,
    retry: () => query.refetch(),
  };
}
