import type { money } from "@resonance/sdk";
import { lazy, Suspense } from "react";
import { openTexts } from "../../app/i18n.ts";

const Sheet = lazy(async () => {
  const [{ TopUpSheet }] = await Promise.all([import("./top-up-sheet.tsx"), openTexts("wallet")]);
  return { default: TopUpSheet };
});

export interface TopUpProps {
  isOpen: boolean;
  onClose: () => void;
  /** The money is there; the sheet closes after it. */
  onPaid?: () => void;
  /** What is missing for what somebody wants to do: said above, and the least that is proposed. */
  missing?: money.Amount | undefined;
}

/** Pays beats in, from wherever they run out. Its code and texts come when it first opens. */
export function TopUp(props: TopUpProps) {
  return props.isOpen ? (
    <Suspense fallback={null}>
      <Sheet {...props} />
    </Suspense>
  ) : null;
}
