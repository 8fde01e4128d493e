import { ask, type components, NetworkError } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";

type Schemas = components["schemas"];
export type Member = Schemas["Member"];
export type Import = Schemas["Import"];
export type Job = Schemas["JobView"];
export type Stats = Schemas["Stats"];
export type Role = Schemas["Role"];
type JobState = Schemas["JobState"];

/** Whether the server can serve, and which version it is. */
export const healthQuery = queryOptions({
  queryKey: ["admin", "health"],
  refetchInterval: 10_000,
  queryFn: async ({ signal }) => {
    const alive = await ask(server.api.GET("/healthz", { signal }));
    // A server that lacks something says so with the status 503 and the same body.
    const { data, error } = await server.api.GET("/readyz", { signal });
    const said: unknown = data ?? error;
    return { version: alive.version, missing: missing(said) };
  },
});

function missing(said: unknown): string[] {
  if (typeof said === "object" && said !== null && "missing" in said && Array.isArray(said.missing)) {
    return said.missing.map(String);
  }
  throw new NetworkError("an unexpected answer");
}

interface Wish {
  q?: string;
  role?: Role;
  suspended?: boolean;
}

export const membersQuery = (wish: Wish) =>
  infiniteQueryOptions({
    queryKey: ["admin", "users", wish],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const query = { ...wish, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) };
      return ask(server.api.GET("/api/v1/admin/users", { params: { query }, signal }));
    },
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

/** The folders that may be imported from here; the command line takes any. */
export const rootsQuery = queryOptions({
  queryKey: ["admin", "imports", "roots"],
  queryFn: async ({ signal }) =>
    (await ask(server.api.GET("/api/v1/admin/imports/roots", { signal }))).roots.map(({ path }) => path),
});

export const importsQuery = infiniteQueryOptions({
  queryKey: ["admin", "imports"],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: 20, ...(pageParam ? { cursor: pageParam } : {}) };
    return ask(server.api.GET("/api/v1/admin/imports", { params: { query }, signal }));
  },
  getNextPageParam: (last) => last.nextCursor ?? undefined,
});

export const jobsQuery = (state: JobState | undefined) =>
  infiniteQueryOptions({
    queryKey: ["admin", "jobs", state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 50, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return ask(server.api.GET("/api/v1/admin/jobs", { params: { query }, signal }));
    },
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

/** A job as it stands; its channel tells how it goes on. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ["jobs", id],
    staleTime: 0,
    queryFn: ({ signal }): Promise<Job> =>
      ask(server.api.GET("/api/v1/jobs/{id}", { params: { path: { id } }, signal })),
  });

/** How much of everything there is; the channel `admin` tells the same as it changes. */
export const statsQuery = queryOptions({
  queryKey: ["admin", "stats"],
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/admin/stats", { signal })),
});
