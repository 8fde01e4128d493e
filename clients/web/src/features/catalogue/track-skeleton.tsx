import type { Density } from "../../app/prefs.ts";
import { usePrefs } from "../../app/prefs.ts";
import { cx } from "../../ui/class.ts";
import { Skeleton } from "../../ui/state.tsx";

/** Below this width, in pixels, a row has no columns. */
export const NARROW = 640;
/** How tall a heading within a list is, in pixels. */
export const HEADING = 64;

/** How tall a row is: the listener's choice, with room for a sleeve or for two lines where it has them. */
export function rowHeight(density: Density, lead: "number" | "sleeve", narrow: boolean): number {
  const plain = { compact: 36, normal: 44, roomy: 60 }[density];
  return plain + (lead === "sleeve" || narrow ? 16 : 0);
}

export function TrackRowSkeleton({ height, lead }: { height: number; lead: "number" | "sleeve" }) {
  const size = Math.min(44, height - 12);
  return (
    <div aria-hidden="true" className="ruled flex items-center gap-4" style={{ height }}>
      <div style={{ width: size }}>
        <Skeleton className={lead === "sleeve" ? "aspect-square" : "mx-auto h-4 w-4"} />
      </div>
      <Skeleton className="h-4 w-2/5" />
      <Skeleton className="ms-auto h-4 w-20" />
    </div>
  );
}

/** As many rows as are on their way. */
export function TrackListSkeleton({ rows, lead = "sleeve" }: { rows: number; lead?: "number" | "sleeve" }) {
  const density = usePrefs((prefs) => prefs.density);
  return (
    <div className={cx("border-t border-line")}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={row}>
          <div className="@max-[40rem]:hidden">
            <TrackRowSkeleton height={rowHeight(density, lead, false)} lead={lead} />
          </div>
          <div className="@min-[40rem]:hidden">
            <TrackRowSkeleton height={rowHeight(density, lead, true)} lead={lead} />
          </div>
        </div>
      ))}
    </div>
  );
}
