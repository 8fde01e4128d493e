import { ApiError, money } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Section } from "../../ui/screen.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { moneyMoved } from "../wallet/balance.ts";
import { useIntention } from "../wallet/intention.ts";
import { Sum } from "../wallet/sum.tsx";
import { redeem } from "./queries.ts";

const Ask = lazy(() => import("./ask.tsx").then((module) => ({ default: module.Ask })));

const MOST_DAYS = 366;

/** Exchanges points for days of premium. */
export function Premium({ price, until }: { price: money.Amount; until: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const [text, setText] = useState("7");
  const [tried, setTried] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const intention = useIntention();
  const days = /^\d{1,3}$/.test(text.trim()) ? Number(text) : 0;
  const wrong = days < 1 || days > MOST_DAYS ? t("wallet.points.premium.days_wrong") : undefined;
  const exchange = useMutation({
    mutationFn: () => redeem({ kind: "premium_days", quantity: days }, intention.key(`premium:${days}`)),
    onSuccess: () => {
      intention.over();
      moneyMoved();
      toast(t("wallet.points.premium.done"));
    },
    onError: (error) => {
      if (error instanceof ApiError) {
        intention.over();
      }
    },
    onSettled: () => setAsking(false),
  });
  return (
    <Section title={t("wallet.points.premium.title")}>
      <p className="mb-4 max-w-[66ch] text-soft">{t("wallet.points.premium.what")}</p>
      {until && Date.parse(until) > Date.now() && (
        <p className="mb-4">
          {t("wallet.points.premium.until", {
            time: new Date(until).toLocaleString(i18n.language, { dateStyle: "long", timeStyle: "short" }),
          })}
        </p>
      )}
      <form
        className="flex max-w-[40rem] flex-wrap items-start gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!wrong) {
            setAsking(true);
          }
        }}
      >
        <TextField
          label={t("wallet.points.premium.days")}
          inputMode="numeric"
          value={text}
          onChange={setText}
          error={tried ? wrong : undefined}
          hint={<Sum amount={wrong ? price : money.times(price, days)} />}
          className="w-44 [&_input]:figure"
        />
        <Button type="submit" className="mt-6">
          {t("wallet.points.redeem")}
        </Button>
      </form>
      {exchange.error && (
        <p role="alert" className="mt-3 text-rust">
          {messageOf(t, exchange.error)}
        </p>
      )}
      {isAsking && (
        <Suspense fallback={null}>
          <Ask
            title={t("wallet.points.ask.premium", {
              days: t("wallet.points.premium.count", { count: days }),
            })}
            cost={money.times(price, days)}
            busy={exchange.isPending}
            onRedeem={() => exchange.mutate()}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </Section>
  );
}
