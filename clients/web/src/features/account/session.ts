import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { server, tellOfEnd } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { safeNext } from "./next.ts";

/** Asks for everything again, since another account sees other things. */
export async function becomeSomebody(): Promise<void> {
  await queryClient.resetQueries();
}

/** Ends the log-in on this device. */
export async function leave(): Promise<void> {
  await server.logOut();
  tellOfEnd();
  queryClient.setQueryData(["me"], null);
  await queryClient.resetQueries();
}

/** Goes on to where somebody wanted to before the log-in. */
export function useGoOn(next: string | undefined): () => void {
  const { history } = useRouter();
  return useCallback(() => history.replace(safeNext(next, location.origin)), [history, next]);
}
