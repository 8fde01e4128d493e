import { queue as queues } from "@resonance/sdk";
import { useEffect, useMemo, useRef, useState } from "react";
import { GridList } from "react-aria-components/GridList";
import { DropIndicator, type ItemDropTarget, useDragAndDrop } from "react-aria-components/useDragAndDrop";
import { ListLayout, Virtualizer } from "react-aria-components/Virtualizer";
import { Trans, useTranslation } from "react-i18next";
import { Button, IconButton } from "../ui/button.tsx";
import { cx } from "../ui/class.ts";
import { Count } from "../ui/figures.tsx";
import { usePlayer } from "./player.ts";
import { useQueuePanel } from "./queue-panel.ts";
import { QueueRow } from "./queue-row.tsx";

const ROW_HEIGHT = 56;
/** So many of those that were passed stay in sight. */
const PASSED = 50;
/** So many that are to come are made ready at once; more as the list is scrolled. */
const STRETCH = 200;
const DRAGGED = "resonance-entry";
/** Where a dragged entry would come to stand. */
const PLACE = "place relative z-10 outline-none data-[drop-target]:h-0.5 data-[drop-target]:bg-paper";

/**
 * The queue beside the screen: what was, what is and what comes, in an order that can be changed. `alone`: no player
 * stands beneath it.
 */
export default function QueueView({ alone }: { alone: boolean }) {
  const { t } = useTranslation();
  const close = () => useQueuePanel.setState({ open: false });
  const heading = useRef<HTMLHeadingElement>(null);
  const source = usePlayer((player) => player.queue.source);
  const left = usePlayer(({ queue }) => Math.max(0, queue.entries.length - queue.at - 1));
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);
  return (
    <aside
      data-on-screen
      aria-label={t("player.queue")}
      onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && close()}
      className={cx(
        "fixed inset-x-0 top-0 z-30 flex flex-col border-line bg-bed sm:start-auto sm:w-96 sm:border-s",
        alone ? "bottom-14 md:bottom-0 low:bottom-0" : "bottom-(--queue-foot)",
      )}
    >
      <header className="flex items-center gap-2 border-b border-line ps-4 pe-1 py-2">
        <div className="min-w-0 flex-1">
          <h2 ref={heading} tabIndex={-1} className="text-18 font-semibold outline-none">
            {t("player.queue")}{" "}
            {left > 0 && (
              <span className="text-13 font-normal text-faint">
                <Trans i18nKey="player.queue_panel.left" components={{ count: <Count value={left} /> }} />
              </span>
            )}
          </h2>
          {source && (
            <p className="one-line text-13 text-soft">
              {t("player.queue_panel.from", { title: source.title })}
            </p>
          )}
        </div>
        <Button
          kind="plain"
          isDisabled={left === 0}
          onPress={() => usePlayer.getState().change((queue) => queues.clear(queue))}
        >
          {t("player.queue_panel.clear")}
        </Button>
        <IconButton icon="close" label={t("action.close")} onPress={close} />
      </header>
      <Entries />
    </aside>
  );
}

function Entries() {
  const { t } = useTranslation();
  const queue = usePlayer((player) => player.queue);
  const change = usePlayer((player) => player.change);
  const [reach, setReach] = useState(STRETCH);
  const shown = useMemo(() => {
    const from = Math.max(0, queue.at - PASSED);
    return queue.entries.slice(from, from + PASSED + reach);
  }, [queue, reach]);
  const current = queues.current(queue)?.key;
  const dragged = useRef<ReadonlySet<unknown>>(new Set());
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ [DRAGGED]: String(key) })),
    onDragStart: ({ keys }) => {
      dragged.current = keys;
    },
    // Before itself and behind itself an entry stands where it stood: one of both is enough, that each arrow moves it.
    getDropOperation: (target) => {
      const next = target.type === "item" && before(shown, target);
      return next && dragged.current.has(next.key) ? "cancel" : "move";
    },
    renderDropIndicator: (target) => <DropIndicator target={target} className={PLACE} />,
    getAllowedDropOperations: () => ["move"],
    onReorder: ({ keys, target }) => {
      if (target.dropPosition === "on") {
        return;
      }
      const chosen = new Set([...keys].map(Number));
      change((it) => queues.move(it, chosen, before(queue.entries, target)?.key));
    },
  });
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_HEIGHT }}>
      <GridList
        aria-label={t("player.queue_panel.list")}
        items={shown}
        dependencies={[current]}
        dragAndDropHooks={dragAndDropHooks}
        keyboardNavigationBehavior="tab"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          if (
            scrollHeight - scrollTop - clientHeight < 20 * ROW_HEIGHT &&
            queue.at + reach < queue.entries.length
          ) {
            setReach(reach + STRETCH);
          }
        }}
        onAction={(key) => usePlayer.getState().jump(Number(key))}
        renderEmptyState={() => (
          <div className="grid gap-2 p-4">
            <p className="font-semibold">{t("player.queue_panel.empty")}</p>
            <p className="text-soft">{t("player.queue_panel.empty_hint")}</p>
          </div>
        )}
        className="min-h-0 flex-1 overflow-y-auto outline-none"
      >
        {(entry) => <QueueRow entry={entry} isCurrent={entry.key === current} />}
      </GridList>
    </Virtualizer>
  );
}

/** The entry before which something would be dropped; none at the end. */
function before(
  entries: readonly queues.Entry[],
  target: Pick<ItemDropTarget, "key" | "dropPosition">,
): queues.Entry | undefined {
  const at = entries.findIndex((entry) => entry.key === Number(target.key));
  return entries[target.dropPosition === "before" ? at : at + 1];
}
