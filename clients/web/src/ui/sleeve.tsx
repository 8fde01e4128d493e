import { memo, useState } from "react";
import { cx } from "./class.ts";

interface SleeveProps {
  /** The picture's path, as the server gives it. */
  src: string | null | undefined;
  /** What stands on the sleeve: the same title is always drawn alike. */
  title: string;
  /** How large it is shown at most, in CSS pixels: the server cuts it to that. */
  size: number;
  /** How large it is shown in which window, where that differs: as the attribute of an image. */
  sizes?: string;
  className?: string | undefined;
  /** A sleeve that is seen at once is fetched at once. */
  eager?: boolean;
}

/** A cover; where there is none, one that is drawn from the title. It stands beside its title, so it says nothing. */
export const Sleeve = memo(function Sleeve({
  src,
  title,
  size,
  sizes,
  className,
  eager = false,
}: SleeveProps) {
  const [failed, setFailed] = useState<string>();
  return (
    <div className={cx("relative aspect-square shrink-0 overflow-hidden rounded-sleeve bg-rise", className)}>
      {src && failed !== src ? (
        <img
          src={`${src}?size=${cut(size)}`}
          srcSet={
            sizes
              ? CUTS.map((width) => `${src}?size=${width} ${width}w`).join(", ")
              : `${src}?size=${cut(size)} 1x, ${src}?size=${cut(size * 2)} 2x`
          }
          {...(sizes && { sizes })}
          alt=""
          loading={eager ? "eager" : "lazy"}
          fetchPriority={eager ? "high" : "auto"}
          decoding="async"
          draggable={false}
          onError={() => setFailed(src)}
          className="size-full object-cover"
        />
      ) : (
        <Drawn title={title} />
      )}
    </div>
  );
});

/** The server cuts pictures to these widths. */
const CUTS = [64, 128, 256, 512, 1024];

function cut(size: number): number {
  return CUTS.find((each) => each >= size) ?? 1024;
}

/** One of three families of drawings, in colours that go together. */
function Drawn({ title }: { title: string }) {
  const random = seeded(hash(title));
  const hue = random() * 360;
  const tone = (step: number) =>
    `oklch(${0.28 + step * 0.13} ${0.06 + step * 0.015} ${(hue + step * 22) % 360})`;
  const family = Math.floor(random() * 3);
  return (
    <svg viewBox="0 0 100 100" className="size-full" aria-hidden="true">
      <rect width="100" height="100" fill={tone(0)} />
      {family === 0 &&
        [1, 2, 3, 4].map((step) => {
          const [x, y] = [20 + random() * 60, 110 - step * 6];
          return (
            <ellipse key={step} cx={x} cy={y} rx={70 - step * 11} ry={72 - step * 13} fill={tone(step)} />
          );
        })}
      {family === 1 &&
        [0, 1, 2, 3, 4, 5, 6].map((bar) => {
          const height = 18 + random() * 70;
          return (
            <rect
              key={bar}
              x={4 + bar * 13.4}
              y={100 - height}
              width="11"
              height={height}
              fill={tone(1 + (bar % 4))}
            />
          );
        })}
      {family === 2 &&
        [1, 2, 3, 4].map((step) => (
          <circle
            key={step}
            cx={15 + random() * 70}
            cy={15 + random() * 70}
            r={44 - step * 8}
            fill={tone(step)}
          />
        ))}
    </svg>
  );
}

function hash(text: string): number {
  let state = 2166136261;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 16777619);
  }
  return state >>> 0;
}

/** A short stream of numbers in [0, 1) that is always the same for one seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
