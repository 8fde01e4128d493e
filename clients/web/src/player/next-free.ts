import { usePlayer } from "./player.ts";
import { knownTrack } from "./tracks.ts";

/** The key of the next entry of the queue that costs nobody anything, among those whose tracks are known here. */
export function nextFree(): number | undefined {
  const { entries, at } = usePlayer.getState().queue;
  const next = entries.slice(at + 1).find(({ id }) => {
    const track = knownTrack(id);
    return track?.available && BigInt(track.pricePerSecond?.amount ?? 0) === 0n;
  });
  return next?.key;
}
