import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Figure } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import { Heading } from "../../ui/screen.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { balancesQuery, moneyMoved, useOwn } from "./balance.ts";
import { PendingTopUps } from "./pending-list.tsx";
import { unitOf } from "./sum.tsx";
import { TopUp } from "./top-up.tsx";
import { Transactions } from "./transactions.tsx";

/** A figure with more signs than this is set smaller. */
const LONG = 13;

/** How often it is asked what is set aside, while something is: another page may have left it behind. */
const ASK_MS = 5_000;

/** What the account has, how more comes in, and what became of it. */
export function Wallet() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Heading className="sr-only">{t("nav.wallet")}</Heading>
      <Balances onTopUp={() => setOpen(true)} />
      <PendingTopUps />
      <Transactions onTopUp={() => setOpen(true)} />
      <TopUp isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}

function Balances({ onTopUp }: { onTopUp: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    ...balancesQuery,
    refetchInterval: ({ state }) => (state.data?.some(({ held }) => held !== "0") ? ASK_MS : false),
  });
  const own = useOwn("BEAT");
  const beats = data?.find(({ asset }) => asset === "BEAT");
  useSettled(beats?.held);
  if (error && !data) {
    return <Failure error={error} retry={() => refetch()} />;
  }
  // Dollars are there for those who have some; points for everybody.
  const others = data?.filter(
    ({ asset, available, held }) =>
      asset === "BTN" || (asset !== "BEAT" && (BigInt(available) > 0n || BigInt(held) > 0n)),
  );
  // It becomes less with what is left, by what is spent of it.
  const held = beats && own ? BigInt(own.amount) - BigInt(beats.available) : 0n;
  return (
    <section
      aria-label={t("wallet.balances")}
      className="mt-8 grid items-end gap-x-12 gap-y-6 @min-[40rem]:grid-cols-[1fr_auto]"
    >
      <div className="min-w-0">
        <p className="text-soft">{t("wallet.have")}</p>
        {own ? (
          <p className="mt-1 flex flex-wrap items-baseline gap-x-3">
            <Figure
              className={cx(
                "leading-none font-medium",
                inFigures(own).length > LONG
                  ? "text-[clamp(1.375rem,4cqw,3rem)]"
                  : "text-[clamp(2rem,9cqw,4.5rem)]",
              )}
            >
              {inFigures(own)}
            </Figure>
            <span className="text-18 text-soft">{t("wallet.units.beats")}</span>
          </p>
        ) : (
          <Skeleton className="mt-1 h-16 w-72" />
        )}
        <p className="mt-2 min-h-6 text-soft">
          {held > 0n && (
            <>
              <span className="figure">{inFigures({ asset: "BEAT", amount: held.toString() })}</span>{" "}
              {t("wallet.held")}
            </>
          )}
        </p>
      </div>
      <div className="grid justify-items-start gap-4 @min-[40rem]:justify-items-end">
        {others?.map(({ asset, available }) => (
          <p key={asset} className="text-soft">
            <Figure className="text-18 text-paper">{inFigures({ asset, amount: available })}</Figure>{" "}
            {unitOf(t, asset)}
          </p>
        ))}
        <Button kind="primary" icon="add" onPress={onTopUp}>
          {t("wallet.top_up.title")}
        </Button>
      </div>
    </section>
  );
}

/** Once nothing is set aside any more, something was settled, and stands among the transactions. */
function useSettled(held: string | undefined) {
  const before = useRef(held);
  useEffect(() => {
    if (held === "0" && before.current !== undefined && before.current !== held) {
      moneyMoved();
    }
    before.current = held;
  }, [held]);
}
