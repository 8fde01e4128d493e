import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { type Autosave, useUnsaved } from "./autosave.ts";
import { useUnsentWords } from "./unsent.ts";
import { wrongOf } from "./wrong.ts";

/** A field for text that saves itself. */
export function SavedText({
  auto,
  pointer,
  label,
  hint,
  lines,
  placeholder,
  maxLength,
  className,
}: {
  auto: Autosave<string>;
  /** Where the server points to when it is wrong. */
  pointer: string;
  label: string;
  hint?: ReactNode;
  lines?: number;
  placeholder?: string;
  maxLength?: number;
  className?: string;
}) {
  const { t } = useTranslation();
  return (
    <div className={className}>
      <TextField
        label={label}
        hint={hint}
        value={auto.value}
        onChange={auto.set}
        onBlur={auto.commit}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !lines) {
            auto.commit();
          }
        }}
        error={auto.wrong ?? wrongOf(t, auto.error, pointer)}
        // Not in the middle of a word.
        errorSaid={auto.value.trim() === ""}
        {...(lines ? { lines } : {})}
        {...(placeholder ? { placeholder } : {})}
        {...(maxLength ? { maxLength } : {})}
      />
      <Conflict auto={auto} show={(value) => value} />
    </div>
  );
}

/** Somebody else wrote there meanwhile: neither is lost until one is chosen. */
export function Conflict<T>({ auto, show }: { auto: Autosave<T>; show: (value: T) => string }) {
  const { t } = useTranslation();
  if (!auto.theirs) {
    return null;
  }
  return (
    <div role="alert" className="mt-2 border-s-2 border-rust ps-3 text-13">
      <p>
        {t("studio.conflict.text")} <q className="font-medium">{show(auto.theirs.value)}</q>
      </p>
      <div className="flex flex-wrap">
        <Button kind="plain" onPress={auto.keepMine}>
          {t("studio.conflict.mine")}
        </Button>
        <Button kind="plain" onPress={auto.takeTheirs}>
          {t("studio.conflict.theirs")}
        </Button>
      </div>
    </div>
  );
}

/** Whether the server has all that was typed. */
export function SaveLine() {
  const { t, i18n } = useTranslation();
  const fields = useUnsaved((state) => state.fields);
  const unsent = useUnsentWords();
  const all = Object.values(fields);
  const text = all.includes("failed")
    ? t("studio.save.failed")
    : all.includes("conflict")
      ? t("studio.save.conflict")
      : unsent.length > 0
        ? t("studio.unsent.line", { what: new Intl.ListFormat(i18n.language).format(unsent) })
        : all.length > 0
          ? t("studio.save.saving")
          : t("studio.save.saved");
  const bad = all.some((each) => each === "failed" || each === "conflict" || each === "unsent");
  return (
    <p role="status" className={bad ? "text-13 text-rust" : "text-13 text-soft"}>
      {text}
    </p>
  );
}
