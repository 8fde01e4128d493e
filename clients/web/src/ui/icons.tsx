import type { SVGProps } from "react";

/** Our own set: 24 px, strokes of 1.75; what starts and stops sound is filled. */
const STROKES = {
  add: "M12 5v14M5 12h14",
  album: "M4 4h16v16H4zM12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM12 12v.01",
  alert: "M12 8v5M12 16.5v.01M10.3 4.6 3.2 17a2 2 0 0 0 1.7 3h14.2a2 2 0 0 0 1.7-3L13.7 4.6a2 2 0 0 0-3.4 0z",
  artist: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-3.6 4-5.5 7.5-5.5s6.5 1.9 7.5 5.5",
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4.5l3 2",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  crate: "M4 9h16l-1.5 11h-13zM7 9V5M12 9V3M17 9V5",
  down: "M5 9l7 7 7-7",
  drag: "M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01",
  edit: "M4 20h4L19.5 8.5l-4-4L4 16zM13.5 6.5l4 4",
  expand: "M5 15l7-7 7 7",
  filter: "M4 6h16M7 12h10M10 18h4",
  forward: "M9 5l7 7-7 7",
  heart: "M12 20s-7.5-4.6-7.5-10.2A4.3 4.3 0 0 1 12 7.2a4.3 4.3 0 0 1 7.5 2.6C19.5 15.4 12 20 12 20z",
  hide: "M4 4l16 16M9.9 6.3A9 9 0 0 1 12 6c4.5 0 7.5 3.5 8.5 6a11 11 0 0 1-2.6 3.7M6.3 8.2A11 11 0 0 0 3.5 12c1 2.5 4 6 8.5 6 1.3 0 2.4-.3 3.4-.7M10 10.2a2.8 2.8 0 0 0 3.9 3.9",
  home: "M4 11.5 12 4.5l8 7M6.5 10v9.5h11V10",
  info: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 11v5M12 8v.01",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  menu: "M4 7h16M4 12h16M4 17h16",
  more: "M6 12v.01M12 12v.01M18 12v.01",
  mute: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  offline: "M4 4l16 16M8.5 15.5a5 5 0 0 1 7 0M5.5 12.2a9 9 0 0 1 4-2.3M14 9.7a9 9 0 0 1 4.5 2.5M12 19v.01",
  play_next: "M4 7h10M4 12h6M4 17h6M14 13v7l6-3.5z",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
  queue: "M4 6h16M4 11h16M4 16h9M17 14v7M13.5 17.5h7",
  repeat: "M17 3l3 3-3 3M4 11V9a3 3 0 0 1 3-3h13M7 21l-3-3 3-3M20 13v2a3 3 0 0 1-3 3H4",
  repeat_one: "M17 3l3 3-3 3M4 11V9a3 3 0 0 1 3-3h13M7 21l-3-3 3-3M20 13v2a3 3 0 0 1-3 3H4M11 10.5l1.5-1v5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  share: "M12 15V4M8 7.5 12 3.5l4 4M5 13v7h14v-7",
  shield: "M12 3.5 5 6v5.5c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6z",
  show: "M3.5 12c1-2.5 4-6 8.5-6s7.5 3.5 8.5 6c-1 2.5-4 6-8.5 6s-7.5-3.5-8.5-6zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z",
  shuffle:
    "M4 7h2.5c3.5 0 6.5 10 11 10H20M4 17h2.5c1.2 0 2.3-1.2 3.3-2.8M13.7 9.3C14.8 8 16 7 17.5 7H20M17.5 4.5 20 7l-2.5 2.5M17.5 14.5 20 17l-2.5 2.5",
  sleep: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  speed: "M5 18a8.5 8.5 0 1 1 14 0M12 14l4-5",
  studio: "M5 4v16M12 4v16M19 4v16M3 9h4M10 15h4M17 8h4",
  trash: "M5 7h14M10 4h4M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  up: "M5 15l7-7 7 7",
  upload: "M12 16V5M7.5 9 12 4.5 16.5 9M5 19h14",
  users:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.7-3.2 3.2-5 6.5-5s5.8 1.8 6.5 5M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.8c1.8.8 3 2.4 3.5 4.7",
  wallet: "M4 7.5h14.5a1.5 1.5 0 0 1 1.5 1.5v9.5H6a2 2 0 0 1-2-2zM4 7.5l11.5-3.5v3.5M16 13v.01",
  volume: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
} as const;

const FILLED = {
  next: "M6 5v14l9.5-7zM16 5h2.5v14H16z",
  pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  play: "M7.5 4.5v15L19.5 12z",
  previous: "M18 5v14l-9.5-7zM5.5 5H8v14H5.5z",
  stop: "M6 6h12v12H6z",
  heart_full: "M12 20s-7.5-4.6-7.5-10.2A4.3 4.3 0 0 1 12 7.2a4.3 4.3 0 0 1 7.5 2.6C19.5 15.4 12 20 12 20z",
} as const;

export type IconName = keyof typeof STROKES | keyof typeof FILLED;

/** A picture beside text or within a labelled button: it says nothing to a screen reader by itself. */
export function Icon({
  name,
  size = 20,
  ...rest
}: { name: IconName; size?: number } & Omit<SVGProps<SVGSVGElement>, "name">) {
  const filled = name in FILLED;
  const path = filled ? FILLED[name as keyof typeof FILLED] : STROKES[name as keyof typeof STROKES];
  return (
    <svg aria-hidden="true" viewBox="0 0 24 24" width={size} height={size} className="shrink-0" {...rest}>
      <path
        d={path}
        fill={filled ? "currentColor" : "none"}
        stroke={filled ? "none" : "currentColor"}
        strokeWidth={1.75}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
