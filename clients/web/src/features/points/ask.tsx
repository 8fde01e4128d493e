import type { money } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useAvailable } from "../wallet/balance.ts";
import { Sum } from "../wallet/sum.tsx";

interface AskProps {
  title: string;
  /** What else is to be known before. */
  note?: string | undefined;
  cost: money.Amount;
  busy: boolean;
  onRedeem: () => void;
  onClose: () => void;
}

/** Asks before points are spent: nothing brings them back. It is heavy: load it lazily. */
export function Ask({ title, note, cost, busy, onRedeem, onClose }: AskProps) {
  const { t } = useTranslation();
  const available = useAvailable("BTN");
  const isMore = available !== undefined && BigInt(cost.amount) > BigInt(available.amount);
  return (
    <Dialog
      alert
      isOpen
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" busy={busy} isDisabled={isMore} onPress={onRedeem}>
            {t("wallet.points.redeem")}
          </Button>
        </>
      }
    >
      <p>
        {t("wallet.points.ask.costs")} <Sum amount={cost} />
      </p>
      {available && (
        <p>
          {t("wallet.points.ask.have")} <Sum amount={available} />
        </p>
      )}
      {note && <p className="mt-3">{note}</p>}
      {isMore ? (
        <p role="alert" className="mt-3 text-rust">
          {t("error.code.insufficient_funds")}
        </p>
      ) : (
        <p className="mt-3 text-soft">{t("wallet.points.ask.final")}</p>
      )}
    </Dialog>
  );
}
