import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { messageOf, Skeleton } from "../../ui/state.tsx";
import type { More } from "./endless.ts";
import { scroller, usePlace } from "./place.ts";

/** The room between two of a grid. */
const GAP = 20;
/** Three lines below each sleeve: two of the title and one of what it is. */
const TEXT = 78;

/** How many stand beside each other; two at least. */
export function columnsOf(width: number): number {
  return Math.max(2, Math.floor((width + GAP) / (168 + GAP)));
}

/** The same columns, for the style sheet. */
const COLUMNS = { gridTemplateColumns: "repeat(auto-fill, minmax(min(168px, calc(50% - 10px)), 1fr))" };
/** As many as all stand in the document: they need nobody to lay them out, and are drawn with their screen. */
const FEW = 24;
/** As wide as a cell, as a sleeve is told; where there are two columns it may be a little wider. */
export const CELL = 256;

interface GridProps<Item> {
  label: string;
  items: readonly Item[];
  more?: More | undefined;
  keyOf: (item: Item) => string;
  render: (item: Item) => ReactNode;
}

/** Sleeves or portraits beside and below each other. */
export function Grid<Item>(props: GridProps<Item>) {
  const { label, items, more, keyOf, render } = props;
  return more || items.length > FEW ? (
    <Endless {...props} />
  ) : (
    <ul aria-label={label} className="grid gap-5" style={COLUMNS}>
      {items.map((item) => (
        <li key={keyOf(item)} className="min-w-0">
          {render(item)}
        </li>
      ))}
    </ul>
  );
}

/** Only those in sight are in the document. */
function Endless<Item>({ label, items, more, keyOf, render }: GridProps<Item>) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const { start, width } = usePlace(list);
  const lanes = columnsOf(width);
  const size = (width - GAP * (lanes - 1)) / lanes;
  const waiting = more?.has && !more.error ? lanes : 0;
  const virtualizer = useVirtualizer({
    count: width ? items.length + waiting : 0,
    getScrollElement: scroller,
    estimateSize: () => size + TEXT,
    scrollMargin: start,
    lanes,
    gap: GAP,
    overscan: 2,
  });
  const cells = virtualizer.getVirtualItems();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another width is another place for every one
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, size, lanes]);

  const end = cells.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more?.has && !more.loading && !more.error && end >= items.length - lanes) {
      more.load();
    }
  }, [more, end, items.length, lanes]);

  return (
    <>
      <ul ref={list} aria-label={label} className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {cells.map(({ index, lane, start: top }) => {
          const item = items[index];
          return (
            <li
              key={item ? keyOf(item) : index}
              className="absolute start-0 top-0"
              style={{
                width: size,
                insetInlineStart: lane * (size + GAP),
                transform: `translateY(${top - start}px)`,
              }}
            >
              {item ? render(item) : <CellSkeleton />}
            </li>
          );
        })}
      </ul>
      {more?.error ? (
        <div role="alert" className="flex items-center gap-4 py-3 text-soft">
          {messageOf(t, more.error)}
          <Button onPress={more.load}>{t("action.retry")}</Button>
        </div>
      ) : null}
    </>
  );
}

function CellSkeleton() {
  return (
    <div style={{ height: "100%" }}>
      <Skeleton className="aspect-square" />
      <Skeleton className="mt-3 h-4 w-3/4" />
      <Skeleton className="mt-2 h-4 w-1/2" />
    </div>
  );
}

/** As many as are on their way. */
export function GridSkeleton({ count }: { count: number }) {
  return (
    <div aria-hidden="true" className="grid gap-5" style={COLUMNS}>
      {Array.from({ length: count }, (_, cell) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={cell} className="pb-[21px]">
          <CellSkeleton />
        </div>
      ))}
    </div>
  );
}
