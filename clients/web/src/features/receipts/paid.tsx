import type { money } from "@resonance/sdk";
import { Sum } from "../wallet/sum.tsx";

/** A sum that was paid; crossed out if it was given back. */
export function Paid({
  amount,
  isBack,
  className,
}: {
  amount: money.Amount;
  isBack: boolean;
  className?: string;
}) {
  return isBack ? (
    <s className="text-soft">
      <Sum amount={amount} />
    </s>
  ) : (
    <Sum amount={amount} {...(className && { className })} />
  );
}
