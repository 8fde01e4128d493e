import type { ReactNode } from "react";
import { Skeleton } from "../../ui/state.tsx";

/** The head of a screen that shows one thing: its picture, and beside or below it what is to be said of it. */
export function TitlePage({ picture, children }: { picture: ReactNode; children: ReactNode }) {
  return (
    <div className="grid grid-cols-1 items-end gap-6 @min-[48rem]:grid-cols-[min(20rem,36%)_1fr] @min-[48rem]:gap-10 low:grid-cols-[min(13rem,30%)_1fr] low:items-start low:gap-6">
      <div className="w-[62%] max-w-80 @min-[48rem]:w-full low:w-full">{picture}</div>
      <div className="grid min-w-0 grid-cols-1 content-end gap-3 [overflow-wrap:anywhere]">{children}</div>
    </div>
  );
}

export function TitlePageSkeleton() {
  return (
    <TitlePage picture={<Skeleton className="aspect-square w-full" />}>
      <Skeleton className="h-5 w-24" />
      <Skeleton className="h-12 w-4/5 @min-[64rem]:h-[4.5rem]" />
      <Skeleton className="h-6 w-40" />
      <Skeleton className="h-11 w-56" />
    </TitlePage>
  );
}
