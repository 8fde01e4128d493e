import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { Select } from "../../ui/select.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { Switch } from "../../ui/switch.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { type Movement, movements } from "./movements.ts";
import { type OpenPlay, useOpenPlays } from "./open-plays.ts";
import { ASSETS, type Asset, type Transaction, transactionsQuery } from "./queries.ts";
import { Moved, Sum, unitOf } from "./sum.tsx";
import { wordsOf } from "./words.ts";

/** What moved the account's money, in words. */
export function Transactions({ onTopUp }: { onTopUp: () => void }) {
  const { t } = useTranslation();
  const [asset, setAsset] = useState<Asset | "all">("all");
  const [withSetAside, setWithSetAside] = useState(false);
  const { items, error, retry, more } = useEndless(
    useInfiniteQuery({
      ...transactionsQuery(asset === "all" ? undefined : asset),
      placeholderData: keepPreviousData,
    }),
  );
  const open = useOpenPlays().filter((play) => asset === "all" || play.asset === asset);
  const sessions = open.map(({ sessionId }) => sessionId).join();
  const shown = useMemo(
    () => items && movements(items, withSetAside, new Set(sessions.split(",")), more.has),
    [items, withSetAside, sessions, more.has],
  );
  return (
    <Section title={t("wallet.transactions")}>
      <div className="mb-4 flex flex-wrap items-center gap-x-6 gap-y-3">
        <Select
          label={t("wallet.filter.asset")}
          labelHidden
          className="w-44"
          value={asset}
          onChange={setAsset}
          choices={[
            { value: "all", label: t("wallet.filter.all") },
            ...ASSETS.map((value) => ({ value, label: unitOf(t, value) })),
          ]}
        />
        <Switch isSelected={withSetAside} onChange={setWithSetAside}>
          {t("wallet.filter.set_aside")}
        </Switch>
      </div>
      {error ? (
        <Failure error={error} retry={retry} />
      ) : shown?.length === 0 && open.length === 0 && !more.has ? (
        <Empty
          title={t("wallet.none.title")}
          action={asset === "all" && <Button onPress={onTopUp}>{t("wallet.top_up.title")}</Button>}
        >
          {t("wallet.none.text")}
        </Empty>
      ) : (
        <ul className="border-t border-line">
          {shown && open.map((play) => <Open key={play.sessionId} play={play} />)}
          {shown?.map((each) => <Row key={each.id} movement={each} />) ??
            [0, 1, 2, 3, 4].map((row) => (
              <li key={row} className="ruled py-3">
                <Skeleton className="h-9 w-full" />
              </li>
            ))}
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

/** A play that goes on: what it has cost so far moves with its meter. */
function Open({ play: { sessionId, title, asset, spent } }: { play: OpenPlay }) {
  const { t } = useTranslation();
  return (
    <Line
      words={
        <Link to="/wallet/receipts/$session" params={{ session: sessionId }} className={WAY}>
          {t("wallet.kinds.listening_to_track", { title })}
        </Link>
      }
      under={<span className="text-13 text-soft">{t("wallet.still_open")}</span>}
    >
      <Moved amount={{ asset, amount: (-spent).toString() }} className="text-end" />
    </Line>
  );
}

function Line({ words, under, children }: { words: ReactNode; under: ReactNode; children: ReactNode }) {
  return (
    <li className="ruled grid min-h-14 grid-cols-[1fr_auto] items-center gap-x-4 py-2">
      <div className="min-w-0">
        <p className="[overflow-wrap:anywhere]">{words}</p>
        {under}
      </div>
      {children}
    </li>
  );
}

function Row({ movement: { newest, amount, setAside, isPart } }: { movement: Movement }) {
  const { t, i18n } = useTranslation();
  // Of listening the time that its receipt says; of a part of it, with something else in between, its own.
  const at = isPart ? newest.at : (newest.settledAt ?? newest.at);
  const { asset } = newest;
  return (
    <Line
      words={<Way transaction={newest}>{wordsOf(t, newest)}</Way>}
      under={
        <p className="text-13 text-soft">
          <time dateTime={at}>
            {new Date(at).toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "short" })}
          </time>
          {isPart && ` · ${t("wallet.part")}`}
        </p>
      }
    >
      {amount === 0n && setAside !== 0n ? (
        <Sum
          amount={{ asset, amount: (setAside < 0n ? -setAside : setAside).toString() }}
          className="text-end text-13 text-soft"
        />
      ) : (
        <Moved amount={{ asset, amount: amount.toString() }} className="text-end" />
      )}
    </Line>
  );
}

const WAY =
  "inline-flex min-h-6 items-center underline decoration-line underline-offset-4 hover:decoration-paper";

/** The words lead to what they are about, if that has a screen. */
function Way({ transaction, children }: { transaction: Transaction; children: ReactNode }) {
  const { sessionId, trackId, artists, kind } = transaction;
  const [artist] = artists;
  if (sessionId) {
    return (
      <Link to="/wallet/receipts/$session" params={{ session: sessionId }} className={WAY}>
        {children}
      </Link>
    );
  }
  if (trackId) {
    return (
      <Link to="/t/$track" params={{ track: trackId }} className={WAY}>
        {children}
      </Link>
    );
  }
  if (kind === "tip" && artist && artists.length === 1) {
    return (
      <Link to="/a/$artist" params={{ artist: artist.id }} className={WAY}>
        {children}
      </Link>
    );
  }
  return children;
}
