import { ApiError } from "@resonance/sdk";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { moneyMoved } from "../wallet/balance.ts";
import { useIntention } from "../wallet/intention.ts";
import { Sum } from "../wallet/sum.tsx";
import { type Perk, perksQuery, redeem } from "./queries.ts";

const Ask = lazy(() => import("./ask.tsx").then((module) => ({ default: module.Ask })));

/** What artists and the operator give for points. */
export function Perks() {
  const { t } = useTranslation();
  const { items, error, retry, more } = useEndless(useInfiniteQuery(perksQuery));
  return (
    <Section title={t("wallet.points.perks")}>
      {error ? (
        <Failure error={error} retry={retry} />
      ) : items?.length === 0 ? (
        <p className="max-w-[66ch] text-soft">{t("wallet.points.no_perks")}</p>
      ) : (
        <ul className="border-t border-line">
          {items?.map((perk) => <Row key={perk.id} perk={perk} />) ?? (
            <li className="ruled py-3">
              <Skeleton className="h-12 w-full" />
            </li>
          )}
        </ul>
      )}
      {more.has && (
        <Button className="mt-5" busy={more.loading} onPress={more.load}>
          {t("action.show_more")}
        </Button>
      )}
    </Section>
  );
}

function Row({ perk }: { perk: Perk }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const intention = useIntention();
  const { id, title, description, kind, price, left, stock, redeemed, artistId, trackId } = perk;
  const take = useMutation({
    mutationFn: () => redeem({ kind: "perk", perkId: id }, intention.key(id)),
    onSuccess: () => toast(t("wallet.points.perk_taken", { title })),
    onError: (error) => {
      if (error instanceof ApiError) {
        intention.over();
      }
      toast(messageOf(t, error));
    },
    onSettled: () => {
      setAsking(false);
      moneyMoved();
    },
  });
  const way =
    "inline-flex items-center max-md:min-h-11 underline decoration-line underline-offset-4 hover:decoration-paper";
  return (
    <li className="ruled grid gap-x-8 gap-y-2 py-4 @min-[40rem]:grid-cols-[1fr_auto]">
      <div className="min-w-0">
        <h3 className="font-medium [overflow-wrap:anywhere]">{title}</h3>
        <p className="max-w-[66ch] text-soft [overflow-wrap:anywhere]">{description}</p>
        {trackId && <p className="max-w-[66ch] text-13 text-soft">{t("wallet.points.not_opened")}</p>}
        <p className="mt-1 flex flex-wrap items-center gap-x-4 text-13 text-soft">
          <span>{t(`wallet.points.kinds.${kind}`)}</span>
          <span>{t("wallet.points.pieces", { left, stock })}</span>
          {artistId && (
            <Link to="/a/$artist" params={{ artist: artistId }} className={way}>
              {t("wallet.points.artist")}
            </Link>
          )}
          {trackId && (
            <Link to="/t/$track" params={{ track: trackId }} className={way}>
              {t("wallet.points.track")}
            </Link>
          )}
        </p>
      </div>
      <div className="flex items-center gap-4">
        <Sum amount={price} />
        {redeemed ? (
          <span className="text-soft">{t("wallet.points.yours")}</span>
        ) : (
          <Button
            busy={take.isPending}
            isDisabled={left === 0}
            aria-label={t("wallet.points.redeem_of", { title })}
            onPress={() => setAsking(true)}
          >
            {left === 0 ? t("wallet.points.gone") : t("wallet.points.redeem")}
          </Button>
        )}
      </div>
      {isAsking && (
        <Suspense fallback={null}>
          <Ask
            title={t("wallet.points.ask.perk", { title })}
            note={trackId ? t("wallet.points.not_opened") : undefined}
            cost={price}
            busy={take.isPending}
            onRedeem={() => take.mutate()}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </li>
  );
}
