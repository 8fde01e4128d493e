import { ask, type components } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";

/** Changes the account; every screen shows it at once. */
export function useChange() {
  return useMutation({
    mutationFn: (change: components["schemas"]["UserChange"]) =>
      ask(server.api.PATCH("/api/v1/me", { body: change })),
    onSuccess: (me) => queryClient.setQueryData(meQuery.queryKey, me),
  });
}
