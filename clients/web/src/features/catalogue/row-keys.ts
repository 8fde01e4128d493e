import type { KeyboardEvent } from "react";

/** What a key does in a list of rows: go to a row, play it, open its menu, or nothing. */
export function move(
  event: KeyboardEvent<HTMLElement>,
  at: number,
  count: number,
  rowsInSight: number,
): number | "play" | "menu" | undefined {
  const { key, target, currentTarget } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement)) {
    return undefined;
  }
  const row = target.closest<HTMLElement>("[data-index]");
  const last = count - 1;
  const page = Math.max(1, rowsInSight - 1);
  switch (key) {
    case "ArrowDown":
      return Math.min(last, at + 1);
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "PageDown":
      return Math.min(last, at + page);
    case "PageUp":
      return Math.max(0, at - page);
    case "Home":
      return 0;
    case "End":
      return last;
    case "Enter":
    case " ":
      return target === row ? "play" : undefined;
    case "ContextMenu":
      return "menu";
    case "F10":
      return event.shiftKey ? "menu" : undefined;
    case "Escape":
      row?.focus();
      return undefined;
    case "ArrowLeft":
    case "ArrowRight": {
      const forward = (key === "ArrowRight") === (getComputedStyle(currentTarget).direction !== "rtl");
      walk(row, target, forward)?.focus();
      return undefined;
    }
    default:
      return undefined;
  }
}

/** The link or button before or behind `from` in its row; before the first of them stands the row itself. */
function walk(row: HTMLElement | null, from: HTMLElement, forward: boolean): HTMLElement | undefined {
  if (!row) {
    return undefined;
  }
  const stops = [row, ...row.querySelectorAll<HTMLElement>("a[href], button:not(:disabled)")];
  return stops[stops.indexOf(from) + (forward ? 1 : -1)];
}
