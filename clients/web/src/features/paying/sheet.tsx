import { type money, restOf } from "@resonance/sdk";
import { place } from "../../player/clock.ts";
import { usePaying } from "../../player/paying.ts";
import { type Track, usePlayer } from "../../player/player.ts";
import { useOwn } from "../wallet/balance.ts";
import { TopUp } from "../wallet/top-up.tsx";
import { CapSheet } from "./cap-sheet.tsx";
import { FirstSheet } from "./first-sheet.tsx";

const close = () => usePaying.setState({ sheet: undefined });

/** What paying asks of the listener, over whatever screen there is. */
export default function PayingSheet() {
  const sheet = usePaying((paying) => paying.sheet);
  const track = usePaying((paying) => paying.track);
  // What is set aside for this play and not spent is there for the rest of it, too.
  const own = useOwn("BEAT");
  if (!track || !sheet) {
    return null;
  }
  switch (sheet) {
    case "balance":
      return (
        <TopUp
          isOpen
          onClose={close}
          // It was opened for what rests, which goes on with it.
          onPaid={() => usePlayer.getState().resume()}
          missing={own && missing(track, own)}
        />
      );
    case "cap":
      return <CapSheet track={track} onClose={close} />;
    case "first":
      return <FirstSheet track={track} onClose={close} />;
  }
}

/** What the rest of a track costs beyond what there is. */
function missing(track: Track, { amount }: money.Amount) {
  const rest = restOf(track, place().ms);
  const lacks = rest && BigInt(rest.amount) - BigInt(amount);
  return rest && lacks && lacks > 0n ? { asset: rest.asset, amount: lacks.toString() } : undefined;
}
