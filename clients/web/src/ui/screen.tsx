import { useRouterState } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { cx } from "./class.ts";

/** A screen's name in the window's title. React puts it into the head. */
export function Title({ children }: { children: string }) {
  return <title>{`${children} · Resonance`}</title>;
}

/** What had the focus when one left for another screen. */
let arriving: { from: Element | null } | undefined;

/** The next screen's heading takes the focus, so that a screen reader says where one is. */
export function arrive(): void {
  arriving = { from: document.activeElement };
}

/** The one heading of a screen. */
export function Heading({ children, className }: { children: ReactNode; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Not where one is going to: until that screen is there, this one is.
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: one heading may stand for the next screen too
  useEffect(() => {
    if (!arriving) {
      return;
    }
    const { from } = arriving;
    arriving = undefined;
    const at = document.activeElement;
    // Who types in a field already, or has gone on to something else of the screen, is not called away from it.
    const isThere = at !== from && at?.closest("#content > *");
    if (!isThere && !at?.matches("#content input, #content textarea")) {
      heading.current?.focus({ preventScroll: true });
    }
  }, [path]);
  return (
    <h1 ref={heading} tabIndex={-1} className={cx("outline-none", className)}>
      {children}
    </h1>
  );
}

/** A part of a screen with its name above, and perhaps a way to more of it. */
export function Section({
  id,
  title,
  more,
  children,
  className,
}: {
  /** By which an address leads to it. */
  id?: string;
  title: string;
  more?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section id={id} className={cx("mt-12 scroll-mt-4", className)}>
      <div className="mb-3 flex min-h-11 flex-wrap items-center justify-between gap-x-4">
        <h2 className="min-w-0 text-22 font-semibold [overflow-wrap:anywhere]">{title}</h2>
        {more}
      </div>
      {children}
    </section>
  );
}
