import { useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useGlobalKeys } from "./keys.tsx";
import { usePaying } from "./paying.ts";
import { openRoom, usePlayer } from "./player.ts";
import { useQueuePanel } from "./queue-panel.ts";

const Bar = lazy(() => import("./bar-view.tsx"));
const PayingSheet = lazy(() => import("../features/paying/sheet.tsx"));
const QueuePanel = lazy(() => import("./queue-view.tsx"));

/** What plays, at the foot of every screen. */
export function PlayerBar() {
  const { t } = useTranslation();
  const current = usePlayer((player) => player.current);
  const panel = useQueuePanel((state) => state.open);
  const keys = useGlobalKeys();
  const asked = usePaying((paying) => paying.sheet !== undefined);
  // There the same things stand larger.
  const full = useLocation({ select: ({ pathname }) => pathname === "/now" });
  useEffect(() => {
    // When the page is at rest: what was left at the last visit is taken up, and play begins at once when pressed.
    const idle = window.requestIdleCallback ?? ((act: () => void) => setTimeout(act, 200));
    idle(() => void openRoom().catch(() => {}));
  }, []);
  return (
    <>
      <section
        data-on-screen
        aria-label={t("player.player")}
        className="col-span-full min-w-0 low:col-span-1 low:col-start-2"
      >
        {current && !full && (
          <Suspense fallback={<div className="h-(--bar) border-t border-line bg-bed" />}>
            <Bar track={current} />
          </Suspense>
        )}
      </section>
      {panel && (
        <Suspense fallback={null}>
          <QueuePanel alone={full || !current} />
        </Suspense>
      )}
      {asked && (
        <Suspense fallback={null}>
          <PayingSheet />
        </Suspense>
      )}
      {keys}
    </>
  );
}
