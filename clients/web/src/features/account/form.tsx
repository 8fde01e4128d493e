import { ApiError } from "@resonance/sdk";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icons.tsx";
import { wrongAtAll } from "./wrong.ts";

interface FormProps {
  /** What its one button says. */
  submit: string;
  busy: boolean;
  error: unknown;
  /** The fields it has: what is wrong with them stands beside them. */
  pointers: readonly string[];
  onSubmit: () => void;
  children: ReactNode;
}

/** A form that leads to its first wrong field, and that waits when the server says so. */
export function Form({ submit, busy, error, pointers, onSubmit, children }: FormProps) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const wait = useWait(error);
  const wrong = wrongAtAll(t, error, pointers);
  useEffect(() => {
    if (error) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }, [error]);
  return (
    <form
      ref={form}
      noValidate
      className="grid max-w-[28rem] gap-5"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (!busy && wait === 0) {
          onSubmit();
        }
      }}
    >
      {children}
      <div role="alert" className={wrong ? undefined : "-mt-5"}>
        {wrong && (
          <p className="flex items-start gap-2 text-rust">
            <Icon name="alert" /> {wrong}
          </p>
        )}
      </div>
      <div className="flex items-center gap-4">
        <Button type="submit" kind="primary" busy={busy} isDisabled={wait > 0}>
          {submit}
        </Button>
        {wait > 0 && (
          <span className="figure text-13 text-soft" role="timer">
            {t("account.again_in", { count: wait })}
          </span>
        )}
      </div>
    </form>
  );
}

/** Seconds to wait before another try; it counts down. */
function useWait(error: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const wait = error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
    const until = Date.now() + wait * 1000;
    setLeft(wait);
    if (wait === 0) {
      return;
    }
    const timer = setInterval(() => {
      const rest = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      setLeft(rest);
      if (rest === 0) {
        clearInterval(timer);
      }
    }, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

/** Says that whoever is on the way can read along. A home server without HTTPS is used like that. */
export function OpenLine() {
  const { t } = useTranslation();
  if (window.isSecureContext) {
    return null;
  }
  return (
    <p className="mb-6 flex max-w-[66ch] items-start gap-3 border-y border-rust py-3 text-13">
      <Icon name="lock" className="mt-0.5 text-rust" />
      <span>{t("account.open_line")}</span>
    </p>
  );
}
