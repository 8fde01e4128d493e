import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { drawTape } from "../../player/draw-tape.ts";
import { usePlayer } from "../../player/player.ts";
import { Tape } from "../../player/tape.tsx";
import { waveformQuery } from "../../player/waveform.ts";
import { watchLook } from "../../ui/theme.ts";
import type { Track } from "../catalogue/queries.ts";

const NONE = new Uint8Array();

/** The tape of a track: while it plays, the way to every place in it; until then, how it sounds. */
export function TrackTape({ track }: { track: Track }) {
  const current = usePlayer((player) => player.current?.id === track.id);
  return current ? <Tape track={track} height={96} /> : <StillTape id={track.id} />;
}

function StillTape({ id }: { id: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const peaks = useQuery(waveformQuery(id)).data ?? NONE;
  useEffect(() => {
    const element = canvas.current;
    if (!element) {
      return;
    }
    const draw = () => {
      const style = getComputedStyle(element);
      const color = (name: string) => style.getPropertyValue(`--color-${name}`);
      drawTape(
        element,
        { played: color("paper"), rest: color("edge"), closed: color("line") },
        { peaks, at: 0, open: [0, 1], grown: 1, rightToLeft: document.dir === "rtl" },
      );
    };
    const size = new ResizeObserver(draw);
    size.observe(element);
    const unwatch = watchLook(draw);
    return () => {
      size.disconnect();
      unwatch();
    };
  }, [peaks]);
  return (
    <div className="h-24" aria-hidden="true">
      <canvas ref={canvas} className="size-full" />
    </div>
  );
}
