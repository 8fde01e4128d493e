import { ApiError } from "@resonance/sdk";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { IconButton } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { moneyMoved } from "./balance.ts";
import { topUpQuery } from "./pay-in.ts";
import { dropPending, usePendingOf } from "./pending.ts";
import { Sum } from "./sum.tsx";

/** How often a payment is asked about, while one looks at the wallet. */
const ASK_MS = 5_000;

/** Payments that were made on this device and are still being looked into; nothing where there are none. */
export function PendingTopUps() {
  const { t } = useTranslation();
  const account = useMe()?.userId;
  const ids = usePendingOf(account);
  if (!account || ids.length === 0) {
    return null;
  }
  return (
    <Section title={t("wallet.top_up.waiting.title")} className="mt-8">
      <ul className="border-t border-line">
        {ids.map((id) => (
          <Row key={id} id={id} forget={() => dropPending(account, id)} />
        ))}
      </ul>
    </Section>
  );
}

function Row({ id, forget }: { id: string; forget: () => void }) {
  const { t, i18n } = useTranslation();
  const { data, error } = useQuery({
    ...topUpQuery(id),
    refetchInterval: ({ state }) => (state.data && state.data.state !== "pending" ? false : ASK_MS),
  });
  const isOver = data?.state === "settled" || (error instanceof ApiError && error.status === 404);
  // biome-ignore lint/correctness/useExhaustiveDependencies(forget): it is of this very payment.
  useEffect(() => {
    if (isOver) {
      // From now on it stands among the transactions.
      moneyMoved();
      forget();
    }
  }, [isOver]);
  if (!data || isOver) {
    return null;
  }
  const at = new Date(data.createdAt).toLocaleString(i18n.language, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return (
    <li className="ruled flex min-h-14 items-center justify-between gap-4 py-2">
      <span>
        <Sum amount={data.amount} />{" "}
        <span className="text-13 text-soft">
          {data.state === "declined"
            ? t("wallet.top_up.waiting.declined")
            : t("wallet.top_up.waiting.since", { time: at })}
        </span>
      </span>
      {data.state === "declined" && (
        <IconButton icon="close" label={t("wallet.top_up.waiting.forget")} onPress={forget} />
      )}
    </li>
  );
}
