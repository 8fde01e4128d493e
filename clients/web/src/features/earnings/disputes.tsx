import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { Failure } from "../../ui/state.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { Sum } from "../wallet/sum.tsx";
import { type ArtistDispute, disputesQuery } from "./queries.ts";

/** What is or was contested of the page's earnings, and what came of it; nothing where nothing ever was. */
export function Disputes({ artist }: { artist: string }) {
  const { t } = useTranslation();
  const { items, error, retry, more } = useEndless(useInfiniteQuery(disputesQuery(artist)));
  if (!error && !items?.length) {
    return null;
  }
  return (
    <Section title={t("studio.earnings.contested.title")}>
      {error ? (
        <Failure error={error} retry={retry} />
      ) : (
        <ul aria-label={t("studio.earnings.contested.title")} className="border-t border-line">
          {items?.map((each) => (
            <Row key={each.id} dispute={each} />
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

function Row({ dispute }: { dispute: ArtistDispute }) {
  const { t, i18n } = useTranslation();
  const { trackId, title, settledAt, amount, raisedBy, reason, status, openedAt, resolvedAt, note } = dispute;
  const time = (at: string) =>
    new Date(at).toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <li className="ruled py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6">
        <h3 className="min-w-0 [overflow-wrap:anywhere]">
          <Link
            to="/studio/tracks/$track"
            params={{ track: trackId }}
            className="font-medium underline decoration-line underline-offset-4 hover:decoration-paper"
          >
            {title}
          </Link>{" "}
          <span className="text-13 text-soft">
            {t("studio.earnings.contested.heard")} <time dateTime={settledAt}>{time(settledAt)}</time>
          </span>
        </h3>
        <Sum amount={amount} />
      </div>
      <p className="mt-2 max-w-[66ch] border-s-2 border-edge ps-4 [overflow-wrap:anywhere] whitespace-pre-wrap">
        {reason}
      </p>
      <p className="mt-2 flex flex-wrap gap-x-4 text-13 text-soft">
        <span>
          {t(raisedBy === "instance" ? "studio.earnings.contested.found" : "studio.earnings.contested.by")}{" "}
          <time dateTime={openedAt}>{time(openedAt)}</time>
        </span>
        <span className={status === "upheld" ? "text-rust" : ""}>
          {t(`studio.earnings.contested.${stateOf(status)}`)}{" "}
          {resolvedAt && <time dateTime={resolvedAt}>{time(resolvedAt)}</time>}
        </span>
      </p>
      {note && (
        <p className="mt-1 max-w-[66ch] text-soft [overflow-wrap:anywhere] whitespace-pre-wrap">{note}</p>
      )}
    </li>
  );
}

function stateOf(status: string): "open" | "upheld" | "dismissed" {
  return status === "upheld" || status === "dismissed" ? status : "open";
}
