import { ApiError, isRetryable, NetworkError } from "@resonance/sdk";
import i18next from "i18next";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useOnline } from "../app/lines.tsx";
import { isMissingPart } from "../app/missing-part.ts";
import { Button, LinkButton } from "./button.tsx";
import { cx } from "./class.ts";
import { Heading, Title } from "./screen.tsx";

/** Something goes on; what, stands beside it. */
export function Spinner() {
  return (
    <svg viewBox="0 0 24 24" className="size-5 animate-[turn_0.9s_linear_infinite]" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round">
        <circle cx="12" cy="12" r="9" strokeOpacity=".25" />
        <path d="M12 3a9 9 0 0 1 9 9" />
      </g>
    </svg>
  );
}

/** A grey stand-in of the size of what is on its way. */
export function Skeleton({ className }: { className: string }) {
  return <div aria-hidden="true" className={cx("rounded-sleeve bg-rise", className)} />;
}

/** Nothing is here, why, and what to do about it. */
export function Empty({
  title,
  children,
  action,
  screen = false,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** It is all that the screen shows. */
  screen?: boolean;
}) {
  return (
    <div className="grid justify-items-start gap-3 py-16">
      <Name screen={screen}>{title}</Name>
      {children && <p className="max-w-[52ch] text-soft">{children}</p>}
      {action}
    </div>
  );
}

function Name({ screen, children }: { screen: boolean; children: string }) {
  if (!screen) {
    return <h2 className="text-22 font-semibold">{children}</h2>;
  }
  return (
    <>
      <Title>{children}</Title>
      <Heading className="text-22 font-semibold">{children}</Heading>
    </>
  );
}

/** What went wrong in one sentence, with the way on if there is one. */
export function Failure({
  error,
  retry,
  screen = false,
}: {
  error: unknown;
  /** Asks again; what it promises is kept when there is an answer. */
  retry?: () => unknown;
  /** It is all that the screen shows. */
  screen?: boolean;
}) {
  const { t } = useTranslation();
  const online = useOnline();
  const [asking, setAsking] = useState(false);
  const api = error instanceof ApiError ? error : undefined;
  const isAway = error instanceof NetworkError || isMissingPart(error);
  const isOffline = isAway && !online;
  const title = isOffline
    ? t("error.offline")
    : isAway
      ? t("error.network")
      : api?.status === 404
        ? t("error.missing")
        : t("error.failed");
  return (
    <div role="alert" className="grid justify-items-start gap-3 py-16">
      <Name screen={screen}>{title}</Name>
      {isOffline && <p className="max-w-[52ch] text-soft">{t("error.offline_text")}</p>}
      {api && api.status !== 404 && <p className="max-w-[52ch] text-soft">{messageOf(t, error)}</p>}
      {api && api.status >= 500 && (
        <p className="text-13 text-faint">
          {t("error.quote")} <span className="figure">{api.requestId}</span>
        </p>
      )}
      {screen && api?.status === 404 && (
        <>
          <p className="max-w-[52ch] text-soft">{t("error.missing_text")}</p>
          <LinkButton to="/">{t("nav.listen")}</LinkButton>
        </>
      )}
      {retry && (isRetryable(error) || !api) && (
        <Button
          busy={asking}
          onPress={async () => {
            setAsking(true);
            try {
              await retry();
            } finally {
              setAsking(false);
            }
          }}
        >
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];

/** An error in the reader's language: by its code where there is a sentence for it, else as the server said it. */
export function messageOf(t: Translate, error: unknown): string {
  if (error instanceof NetworkError) {
    return t("error.network");
  }
  if (error instanceof ApiError) {
    if (error.code === "rate_limited" && error.retryAfter) {
      return t("error.wait", { count: error.retryAfter });
    }
    // By its name at run time: a union of all codes is more than the types of the messages can bear.
    const code = `error.code.${error.code}`;
    const sentence: unknown = i18next.getResource(i18next.language, "translation", code);
    return typeof sentence === "string" ? sentence : error.message;
  }
  return t("error.failed");
}
