import { type RefObject, useLayoutEffect, useState } from "react";

/** What every screen scrolls in. */
export function scroller(): HTMLElement | null {
  return document.getElementById("content");
}

/** Where a virtual list begins within what scrolls, and how wide it is; 0 until it is laid out. */
export function usePlace(list: RefObject<HTMLElement | null>): { start: number; width: number } {
  const [place, setPlace] = useState({ start: 0, width: 0 });
  useLayoutEffect(() => {
    const [element, frame] = [list.current, scroller()];
    if (!element || !frame) {
      return;
    }
    const measure = () => {
      const start = Math.round(
        element.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop,
      );
      const width = element.clientWidth;
      setPlace((before) => (before.start === start && before.width === width ? before : { start, width }));
    };
    measure();
    // What stands above may grow when it is loaded: then all that the frame holds changes its height.
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    for (const child of frame.children) {
      watch.observe(child);
    }
    return () => watch.disconnect();
  }, [list]);
  return place;
}

/** How wide something is; as wide as the window until it is laid out, which is not brought about by asking. */
export function useWidth(of: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(() => window.innerWidth);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    if (of.current) {
      watch.observe(of.current);
    }
    return () => watch.disconnect();
  }, [of]);
  return width;
}
