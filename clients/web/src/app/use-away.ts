import { useEffect, useState } from "react";

/** Whether the line is gone over which the server tells what moves. It takes a {@link useNews} to have one. */
export function useAway(): boolean {
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let left = false;
    import("./news.ts").then(
      ({ watch }) => {
        if (!left) {
          stop = watch((status) => {
            // While it is being opened again it is as gone as before; a page that nobody sees has none, and needs none.
            if (status !== "connecting") {
              setAway(status === "waiting" || (status === "idle" && !navigator.onLine));
            }
          });
        }
      },
      () => setAway(true),
    );
    return () => {
      left = true;
      stop?.();
    };
  }, []);
  return isAway;
}
