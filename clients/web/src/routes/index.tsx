import { ask } from "@resonance/sdk";
import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { server } from "../app/client.ts";
import { Clock, Rate } from "../ui/figures.tsx";
import { Sleeve } from "../ui/sleeve.tsx";
import { Failure } from "../ui/state.tsx";

const newest = infiniteQueryOptions({
  queryKey: ["tracks", { sort: "created" }],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) =>
    ask(
      server.api.GET("/api/v1/tracks", {
        params: { query: { sort: "created", limit: 20, ...(pageParam ? { cursor: pageParam } : {}) } },
        signal,
      }),
    ),
  getNextPageParam: (last) => last.nextCursor ?? undefined,
});

export const Route = createFileRoute("/")({ component: Listen });

function Listen() {
  const { data, error, refetch } = useInfiniteQuery(newest);
  if (error) {
    return <Failure error={error} retry={() => void refetch()} />;
  }
  return (
    <ul>
      {data?.pages.flatMap((page) =>
        page.items.map((track) => (
          <li key={track.id} className="ruled grid grid-cols-[auto_1fr_auto_auto] items-center gap-4 py-2">
            <Sleeve src={track.coverUrl} title={track.title} size={44} className="w-11" />
            <span className="one-line">{track.title}</span>
            <Rate price={track.pricePerSecond} />
            <Clock ms={track.durationMs} className="text-soft" />
          </li>
        )),
      )}
    </ul>
  );
}
