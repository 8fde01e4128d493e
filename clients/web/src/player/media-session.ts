import { server } from "../app/client.ts";
import type { Track } from "./player.ts";

interface Keys {
  play(): void;
  pause(): void;
  next(): void;
  previous(): void;
  seek(ms: number): void;
  place(): number;
}

const session = "mediaSession" in navigator ? navigator.mediaSession : undefined;

/** The keys of keyboards, headsets and lock screens. */
export function listenToKeys(keys: Keys): void {
  const on = (action: MediaSessionAction, act: (details: MediaSessionActionDetails) => void) => {
    try {
      session?.setActionHandler(action, act);
    } catch {
      // A browser that does not know this key.
    }
  };
  on("play", keys.play);
  on("pause", keys.pause);
  on("stop", keys.pause);
  on("nexttrack", keys.next);
  on("previoustrack", keys.previous);
  on("seekto", ({ seekTime }) => seekTime !== undefined && keys.seek(seekTime * 1000));
  on("seekforward", ({ seekOffset }) => keys.seek(keys.place() + (seekOffset ?? 10) * 1000));
  on("seekbackward", ({ seekOffset }) => keys.seek(keys.place() - (seekOffset ?? 10) * 1000));
}

/** What the lock screen shows. */
export function showTrack(track: Track | undefined): void {
  if (!session || typeof MediaMetadata === "undefined") {
    return;
  }
  const cover = track?.coverUrl;
  session.metadata = track
    ? new MediaMetadata({
        title: track.title,
        artist: track.artistCredit ?? track.artist.name,
        album: track.album?.title ?? "",
        artwork: cover
          ? [128, 256, 512].map((size) => ({
              src: server.url(`${cover}?size=${size}`),
              sizes: `${size}x${size}`,
            }))
          : [],
      })
    : null;
}

export function showState(playing: boolean, ms: number, durationMs: number, speed: number): void {
  if (!session) {
    return;
  }
  session.playbackState = playing ? "playing" : "paused";
  try {
    const duration = durationMs / 1000;
    session.setPositionState({
      duration,
      position: Math.min(duration, Math.max(0, ms / 1000)),
      playbackRate: speed,
    });
  } catch {
    // A length that is not known yet.
  }
}
