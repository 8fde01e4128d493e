import { money } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { inField, whyNoSum } from "../../ui/money.ts";
import { RadioGroup } from "../../ui/radio-group.tsx";
import { Select } from "../../ui/select.tsx";
import { Failure, messageOf, Skeleton, Spinner } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { moneyMoved, useOwn } from "./balance.ts";
import { useIntention } from "./intention.ts";
import { amountOf, instanceQuery, type Outcome, payIn, topUpQuery, type Way, waysOf } from "./pay-in.ts";
import { keepPending } from "./pending.ts";
import { Sum } from "./sum.tsx";
import type { TopUpProps } from "./top-up.tsx";
import { WhatBeats } from "./what-beats.tsx";

const PROPOSED = ["50", "100", "250", "500"] as const;
type Choice = (typeof PROPOSED)[number] | "other";

/** How often a payment that is pending is asked about. */
const ASK_MS = 2_000;

/** Pays beats in, by any of the ways that the server has. */
export function TopUpSheet(props: TopUpProps) {
  const { t } = useTranslation();
  const { isOpen, onClose } = props;
  const { data, error, refetch } = useQuery(instanceQuery);
  const ways = data && waysOf(data);
  return (
    <Dialog sheet isOpen={isOpen} onClose={onClose} title={t("wallet.top_up.title")}>
      {error && !ways ? (
        <Failure error={error} retry={() => refetch()} />
      ) : !ways ? (
        <Skeleton className="h-64 w-full" />
      ) : ways.size > 0 ? (
        <PayIn {...props} ways={ways} />
      ) : (
        <p className="text-soft">{t("wallet.top_up.none")}</p>
      )}
    </Dialog>
  );
}

function PayIn({ ways, onClose, onPaid, missing }: TopUpProps & { ways: Map<Way, bigint> }) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<Choice>(() => firstThatIsEnough(missing));
  const [typed, setTyped] = useState(() => (missing ? inField(missing) : ""));
  const [first = "test"] = ways.keys();
  const [way, setWay] = useState<Way>(first);
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState<string>();
  const text = choice === "other" ? typed : choice;
  const amount = amountOf(text, ways.get(way) ?? 0n);
  const wrong =
    typeof amount === "string"
      ? (whyNoSum(t, "BEAT", text, t("wallet.top_up.no_figure")) ?? t(`wallet.top_up.${amount}`))
      : undefined;
  const intention = useIntention();
  const account = useMe()?.userId;

  const end = ({ id, state }: Outcome) => {
    setPending(state === "pending" ? id : undefined);
    if (state !== "pending") {
      intention.over();
    } else if (account) {
      // The sheet may be closed: the wallet goes on showing it.
      keepPending(account, id);
    }
    moneyMoved(state === "settled" ? pay.variables : undefined);
    if (state === "settled") {
      toast(t("wallet.top_up.settled"));
      onPaid?.();
      onClose();
    }
  };
  const pay = useMutation({
    mutationFn: (sum: money.Amount) => payIn(sum, way, intention.key(`${way}:${sum.amount}`)),
    onSuccess: end,
  });
  const submit = () => {
    setTried(true);
    if (typeof amount !== "string") {
      pay.mutate(amount);
    }
  };
  return pending ? (
    <Pending id={pending} onEnd={end} onClose={onClose} />
  ) : (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Standing missing={missing} />
      <RadioGroup
        label={t("wallet.top_up.how_many")}
        value={choice}
        onChange={setChoice}
        choices={[
          ...PROPOSED.map((value) => ({ value, label: value })),
          { value: "other" as const, label: t("wallet.top_up.other") },
        ]}
      />
      {choice === "other" && (
        <TextField
          label={t("wallet.top_up.amount")}
          inputMode="decimal"
          autoFocus
          value={typed}
          onChange={setTyped}
          error={tried ? wrong : undefined}
          className="[&_input]:figure"
        />
      )}
      <Select
        label={t("wallet.top_up.way")}
        value={way}
        onChange={setWay}
        choices={[...ways.keys()].map((value) => ({ value, label: t(`wallet.top_up.ways.${value}`) }))}
      />
      <p className="text-13 text-faint">
        <WhatBeats /> {t("wallet.top_up.nothing_charged")}
      </p>
      <div role="alert">
        {choice !== "other" && tried && wrong && <p className="text-rust">{wrong}</p>}
        {pay.data?.state === "declined" && <p className="text-rust">{t("wallet.top_up.declined")}</p>}
        {pay.error && <p className="text-rust">{messageOf(t, pay.error)}</p>}
      </div>
      <div className="flex flex-wrap justify-end gap-3">
        <Button onPress={onClose}>{t("action.cancel")}</Button>
        <Button type="submit" kind="primary" busy={pay.isPending}>
          {t("wallet.top_up.pay")}
          {typeof amount !== "string" && <Sum amount={amount} />}
        </Button>
      </div>
    </form>
  );
}

/** The smallest of the proposals that is enough. */
function firstThatIsEnough(missing: money.Amount | undefined): Choice {
  if (!missing) {
    return "100";
  }
  const enough = PROPOSED.find(
    (each) => BigInt(each) * 10n ** BigInt(money.decimals("BEAT")) >= BigInt(missing.amount),
  );
  return enough ?? "other";
}

/** What there is, and what is missing. */
function Standing({ missing }: { missing: money.Amount | undefined }) {
  const { t } = useTranslation();
  const own = useOwn("BEAT");
  return (
    <div className="grid gap-1 text-soft">
      <p>
        {t("wallet.top_up.now")} {own ? <Sum amount={own} className="text-paper" /> : "–"}
      </p>
      {missing && (
        <p>
          {t("wallet.top_up.missing")} <Sum amount={missing} className="text-amber" />
        </p>
      )}
    </div>
  );
}

/** Nobody knows yet whether the money comes: it is asked until somebody does. */
function Pending({
  id,
  onEnd,
  onClose,
}: {
  id: string;
  onEnd: (outcome: Outcome) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { data } = useQuery({
    ...topUpQuery(id),
    refetchInterval: ASK_MS,
    gcTime: 0,
  });
  const isDeclined = data?.state === "declined";
  const latest = useRef(onEnd);
  useEffect(() => {
    latest.current = onEnd;
  });
  useEffect(() => {
    if (data?.state === "settled") {
      latest.current(data);
    }
  }, [data]);
  return (
    <div className="grid gap-5">
      <p role="status" className="flex items-center gap-3 text-soft">
        {isDeclined ? (
          t("wallet.top_up.declined")
        ) : (
          <>
            <Spinner /> {t("wallet.top_up.pending")}
          </>
        )}
      </p>
      <div className="flex justify-end">
        <Button onPress={onClose}>{t("action.close")}</Button>
      </div>
    </div>
  );
}
