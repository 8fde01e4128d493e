import type { money } from "@resonance/sdk";
import { place } from "../../player/clock.ts";
import { usePaying } from "../../player/paying.ts";
import type { Track } from "../../player/player.ts";
import { useAvailable } from "../wallet/balance.ts";
import { TopUp } from "../wallet/top-up.tsx";
import { CapSheet } from "./cap-sheet.tsx";
import { FirstSheet } from "./first-sheet.tsx";

const close = () => usePaying.setState({ sheet: undefined });

/** What paying asks of the listener, over whatever screen there is. */
export default function PayingSheet() {
  const sheet = usePaying((paying) => paying.sheet);
  const track = usePaying((paying) => paying.track);
  const available = useAvailable("BEAT");
  if (!track || !sheet) {
    return null;
  }
  switch (sheet) {
    case "balance":
      // Afterwards one press goes on: nothing is spent by itself.
      return <TopUp isOpen onClose={close} missing={available && missing(track, available)} />;
    case "cap":
      return <CapSheet track={track} onClose={close} />;
    case "first":
      return <FirstSheet track={track} onClose={close} />;
  }
}

/** What the rest of a track costs beyond what there is. */
function missing({ pricePerSecond: price, durationMs }: Track, { amount }: money.Amount) {
  if (!price) {
    return undefined;
  }
  const seconds = Math.max(1, Math.ceil((durationMs - place().ms) / 1000));
  const lacks = BigInt(price.amount) * BigInt(seconds) - BigInt(amount);
  return lacks > 0n ? { asset: price.asset, amount: lacks.toString() } : undefined;
}
