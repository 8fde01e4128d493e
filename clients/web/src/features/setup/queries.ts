import { ask } from "@resonance/sdk";
import { queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";

/** Whether the server waits for its first admin. */
export const setupQuery = queryOptions({
  queryKey: ["setup"],
  staleTime: 0,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/setup", { signal })),
});
