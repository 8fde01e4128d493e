import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { meQuery } from "../../app/me.ts";
import { Failure } from "../../ui/state.tsx";

/** Who is there is not known yet: what stands there until it is, or why it cannot be known. */
export function Unknown({ children, screen = false }: { children: ReactNode; screen?: boolean }) {
  const { error, refetch } = useQuery(meQuery);
  return error ? <Failure screen={screen} error={error} retry={() => refetch()} /> : children;
}
