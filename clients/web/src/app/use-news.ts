import type { ChannelListener } from "@resonance/sdk";
import { useEffect, useRef } from "react";

/** Hears a channel of the server while the component is there; none while `channel` is undefined. */
export function useNews(channel: string | undefined, listener: ChannelListener): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    if (channel === undefined) {
      return;
    }
    let stop: (() => void) | undefined;
    let left = false;
    // The socket is no part of what a page loads before it is seen.
    import("./news.ts").then(
      ({ hear }) => {
        if (!left) {
          stop = hear(channel, {
            event: (data, id) => latest.current.event(data, id),
            begun: () => latest.current.begun?.(),
            gap: () => latest.current.gap?.(),
            refused: (code) => latest.current.refused?.(code),
          });
        }
      },
      // Without it lists are as new as their last answer.
      () => {},
    );
    return () => {
      left = true;
      stop?.();
    };
  }, [channel]);
}
