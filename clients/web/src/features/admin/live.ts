import { queryClient } from "../../app/query.ts";
import { useNews } from "../../app/use-news.ts";
import { importsQuery, type Job, jobQuery, type Stats, statsQuery } from "./queries.ts";

/** What the operator sees moves as it happens: the figures, the jobs, the imports. */
export function useLiveFigures(): void {
  useNews("admin", {
    event: (data) => {
      if (!isStats(data)) {
        return;
      }
      const before = queryClient.getQueryData(statsQuery.queryKey);
      put(statsQuery.queryKey, data);
      if (JSON.stringify(before?.jobs) !== JSON.stringify(data.jobs)) {
        void queryClient.invalidateQueries({ queryKey: ["admin", "jobs"] });
        void queryClient.invalidateQueries({ queryKey: importsQuery.queryKey });
      } else if (before?.tracks !== data.tracks) {
        void queryClient.invalidateQueries({ queryKey: importsQuery.queryKey });
      }
    },
    gap: () => void queryClient.invalidateQueries({ queryKey: ["admin"] }),
  });
}

/** A job as it goes on. `moved` is called when it got further. */
export function useLiveJob(id: string, moved: () => void): void {
  useNews(`job:${id}`, {
    event: (data) => {
      if (isJob(data) && data.id === id) {
        put(jobQuery(id).queryKey, data);
        moved();
      }
    },
    gap: () => void queryClient.invalidateQueries({ queryKey: jobQuery(id).queryKey }),
  });
}

/** What is told now is newer than whatever was asked for before. */
function put(queryKey: readonly unknown[], data: Stats | Job): void {
  void queryClient.cancelQueries({ queryKey, exact: true });
  queryClient.setQueryData(queryKey, data);
}

function isStats(data: unknown): data is Stats {
  return typeof data === "object" && data !== null && "users" in data && "storage" in data && "jobs" in data;
}

function isJob(data: unknown): data is Job {
  return typeof data === "object" && data !== null && "id" in data && "state" in data && "done" in data;
}
