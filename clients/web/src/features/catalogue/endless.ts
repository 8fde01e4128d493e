import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Page } from "./queries.ts";

/** How a list goes on when its end comes near. */
export interface More {
  has: boolean;
  loading: boolean;
  error: unknown;
  load: () => void;
}

export interface Endless<Item> {
  /** What is there so far; undefined while nothing is. */
  items: readonly Item[] | undefined;
  /** Why nothing is there. */
  error: unknown;
  retry: () => unknown;
  more: More;
}

/** A list that comes in pages, as one. */
export function useEndless<Item>(
  query: UseInfiniteQueryResult<InfiniteData<Page<Item>>, Error>,
): Endless<Item> {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } =
    query;
  const items = useMemo(() => data?.pages.flatMap((each) => each.items), [data]);
  const more = useMemo(
    () => ({
      has: hasNextPage,
      loading: isFetchingNextPage,
      error: isFetchNextPageError ? error : undefined,
      load: () => void fetchNextPage(),
    }),
    [hasNextPage, isFetchingNextPage, isFetchNextPageError, error, fetchNextPage],
  );
  return { items, error: items ? undefined : error, retry: () => refetch(), more };
}
