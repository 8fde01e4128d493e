import type { Ribbon } from "@resonance/sdk/ribbon";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../ui/class.ts";
import { clock } from "../ui/figures.tsx";
import { watchLook } from "../ui/theme.ts";
import { place, useSeconds, watchPlace } from "./clock.ts";
import { drawTape } from "./draw-tape.ts";
import { useCosts } from "./meter-view.tsx";
import { usePaying } from "./paying.ts";
import { type Track, usePlayer } from "./player.ts";
import { waveformQuery } from "./waveform.ts";

const HEIGHTS = { 44: "h-11", 56: "h-14", 96: "h-24", 220: "h-55" } as const;
const GROW_MS = 320;
const NONE = new Uint8Array();
const NOTHING_PAID: Ribbon = [];

/**
 * The tape of the current track: its sound drawn, what was heard of it, and the way to every place in it. It is the same for
 * the track that follows, so that a keyboard stays on it.
 */
export function Tape({
  track,
  height,
  className,
}: {
  track: Track;
  height: keyof typeof HEIGHTS;
  className?: string;
}) {
  const { t } = useTranslation();
  const seconds = useSeconds();
  const seek = usePlayer((player) => player.seek);
  const preview = usePlayer((player) => player.preview);
  const peaks = useQuery(waveformQuery(track.id)).data ?? NONE;
  const [pointed, setPointed] = useState<{ track: string; part: number }>();
  const dragged = useRef<string>(undefined);
  const { id, durationMs } = track;
  // A pointer that was laid on another track says nothing of this one.
  const hovered = pointed?.track === id ? pointed.part : undefined;
  const isDragged = () => dragged.current === id;

  const partOf = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return document.dir === "rtl" ? 1 - part : part;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = aim(event.key, place().ms, durationMs);
    if (target !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      seek(target);
    }
  };
  const point = (event: PointerEvent<HTMLElement>) => setPointed({ track: id, part: partOf(event) });
  const leave = () => {
    dragged.current = undefined;
    setPointed(undefined);
  };
  const at = Math.min(seconds, Math.floor(durationMs / 1000));
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={t("player.tape")}
      aria-valuemin={0}
      aria-valuemax={Math.floor(durationMs / 1000)}
      aria-valuenow={at}
      aria-valuetext={t("player.tape_value", { at: clock(at * 1000), of: clock(durationMs) })}
      className={cx(
        "group relative min-w-0 cursor-pointer touch-none select-none",
        HEIGHTS[height],
        className,
      )}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button === 0) {
          event.currentTarget.setPointerCapture(event.pointerId);
          dragged.current = id;
          point(event);
        }
      }}
      onPointerMove={point}
      onPointerUp={(event) => {
        if (isDragged()) {
          seek(partOf(event) * durationMs);
        }
        dragged.current = undefined;
        if (event.pointerType !== "mouse") {
          setPointed(undefined);
        }
      }}
      onPointerLeave={() => isDragged() || setPointed(undefined)}
      onPointerCancel={leave}
    >
      <Drawing
        key={id}
        track={track}
        peaks={peaks}
        preview={preview}
        held={isDragged() ? hovered : undefined}
      />
      {hovered !== undefined && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute inset-y-0 w-px bg-soft"
          style={{ insetInlineStart: `${hovered * 100}%` }}
        >
          <span className="figure absolute -top-1 start-1 rounded-sleeve bg-rise px-1 text-12 text-paper">
            {clock(hovered * durationMs)}
          </span>
        </span>
      )}
    </div>
  );
}

/** Where a key leads to, in milliseconds; undefined for a key that is not the tape's. */
export function aim(key: string, ms: number, durationMs: number): number | undefined {
  const onward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  switch (key) {
    case "ArrowLeft":
    case "ArrowRight":
      return ms + (key === onward ? 5000 : -5000);
    case "ArrowUp":
      return ms + 5000;
    case "ArrowDown":
      return ms - 5000;
    case "PageUp":
      return ms + 30_000;
    case "PageDown":
      return ms - 30_000;
    case "Home":
      return 0;
    case "End":
      return durationMs;
    default:
      return undefined;
  }
}

interface DrawingProps {
  track: Track;
  peaks: Uint8Array;
  preview: boolean;
  /** Where the pointer holds it, as a part of the whole. */
  held: number | undefined;
}

/** Drawn anew when something is to be seen that was not: a bar more, another track, another size, another theme. */
function Drawing({ track, peaks, preview, held }: DrawingProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const grown = useRef(0);
  const { durationMs } = track;
  const { startMs } = track.preview;
  // Whatever its artist wants, it is half of the track at most.
  const lengthMs = Math.min(track.preview.lengthMs, durationMs / 2);
  const costs = useCosts(track);
  const ribbon = usePaying((paying) => (paying.track?.id === track.id ? paying.ribbon : NOTHING_PAID));
  const draw = useCallback(() => {
    const element = canvas.current;
    if (element) {
      const style = getComputedStyle(element);
      const color = (name: string) => style.getPropertyValue(`--color-${name}`);
      const open = preview
        ? ([startMs / durationMs, (startMs + lengthMs) / durationMs] as const)
        : ([0, 1] as const);
      const at = held ?? place().ms / Math.max(1, durationMs);
      const look = { played: color("paper"), rest: color("edge"), closed: color("line") };
      const parts = ribbon.map(([from, to]) => [from / durationMs, Math.min(1, to / durationMs)] as const);
      drawTape(element, look, {
        peaks,
        at,
        open,
        grown: grown.current,
        rightToLeft: document.dir === "rtl",
        ...(costs && { ribbon: { parts, line: color("line"), paid: color("amber") } }),
      });
    }
  }, [peaks, preview, held, durationMs, startMs, lengthMs, costs, ribbon]);

  // It grows once, when there is first something to draw.
  useEffect(() => {
    if (peaks.length === 0 || grown.current === 1) {
      return;
    }
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      grown.current = 1;
      draw();
      return;
    }
    const begun = performance.now();
    let frame = requestAnimationFrame(function grow(now) {
      grown.current = Math.min(1, Math.max(0, now - begun) / GROW_MS);
      draw();
      if (grown.current < 1) {
        frame = requestAnimationFrame(grow);
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [peaks, draw]);

  useEffect(() => {
    const element = canvas.current;
    draw();
    const size = new ResizeObserver(draw);
    if (element) {
      size.observe(element);
    }
    const unwatch = watchLook(draw);
    const stop = watchPlace(draw);
    return () => {
      stop();
      unwatch();
      size.disconnect();
    };
  }, [draw]);
  return <canvas ref={canvas} className="size-full" />;
}
