// biome-ignore-all lint/a11y/useSemanticElements: rows that come and go are no table
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef } from "react";
import { scroller, usePlace } from "./place.ts";

/** What a list of rows does for who moves through it. */
export interface Rows {
  scrollTo: (index: number) => void;
}

interface RowsProps {
  ref: Ref<Rows>;
  count: number;
  keyOf: (index: number) => string | number;
  /** In pixels. A function of its own for other heights. */
  heightOf: (index: number) => number;
  /** The row that stays, wherever one has scrolled to. */
  keep: number | undefined;
  /** Hears of the last row that is there. */
  onEnd: (index: number) => void;
  children: (index: number) => ReactNode;
}

/** All of them, one below the other. */
export function AllRows({ ref, count, keyOf, children }: RowsProps) {
  const list = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => ({
    scrollTo: (index) => list.current?.children[index]?.scrollIntoView({ block: "nearest" }),
  }));
  return (
    <div role="presentation" ref={list}>
      {Array.from({ length: count }, (_, index) => (
        <div key={keyOf(index)} role="rowgroup">
          {children(index)}
        </div>
      ))}
    </div>
  );
}

/** Those in sight and a few around them. */
export function RowsInSight({ ref, count, keyOf, heightOf, keep, onEnd, children }: RowsProps) {
  const list = useRef<HTMLDivElement>(null);
  const { start } = usePlace(list);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: scroller,
    // The first rows are drawn with the screen, which gives way to a press, and not all at once when it is laid out.
    initialRect: atFirst,
    estimateSize: heightOf,
    scrollMargin: start,
    overscan: 6,
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range);
      return keep !== undefined && !seen.includes(keep) ? [...seen, keep].sort((a, b) => a - b) : seen;
    },
  });
  useImperativeHandle(ref, () => ({ scrollTo: (index) => virtualizer.scrollToIndex(index) }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: other heights are other places for every row
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, heightOf]);

  const rows = virtualizer.getVirtualItems();
  const end = rows.at(-1)?.index ?? 0;
  useEffect(() => onEnd(end), [onEnd, end]);

  return (
    <div role="presentation" ref={list} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {rows.map(({ index, start: top }) => (
        <div
          key={keyOf(index)}
          role="rowgroup"
          className="absolute inset-x-0 top-0"
          style={{ transform: `translateY(${top - start}px)` }}
        >
          {children(index)}
        </div>
      ))}
    </div>
  );
}

/** The window stands for what scrolls until that is laid out. It is asked once: to answer, the browser lays out all there is. */
const atFirst = { width: window.innerWidth, height: window.innerHeight };
