import { ApiError, type ErrorCode } from "@resonance/sdk";
import type { useTranslation } from "react-i18next";
import { messageOf } from "../../ui/state.tsx";

type Translate = ReturnType<typeof useTranslation>["t"];

/** Codes that are about one field, wherever the server did not name it. */
const ABOUT: Partial<Record<ErrorCode, readonly string[]>> = {
  email_taken: ["/email"],
  username_taken: ["/username"],
  weak_password: ["/password", "/new"],
  wrong_password: ["/current"],
};

/** What is wrong with a field, in the reader's language, for one of these `pointers`. */
export function wrongWith(t: Translate, error: unknown, pointer: string): string | undefined {
  if (!(error instanceof ApiError)) {
    return undefined;
  }
  const found = error.field(pointer);
  switch (found?.code) {
    case undefined:
      return ABOUT[error.code]?.includes(pointer) ? messageOf(t, error) : undefined;
    case "too_short":
      return pointer === "/username" ? t("account.wrong.name_short") : t("account.wrong.too_short");
    case "too_long":
      return t("account.wrong.too_long");
    case "too_common":
      return t("account.wrong.too_common");
    case "letters_and_digits":
      return t("account.wrong.letters_and_digits");
    case "taken":
      return messageOf(t, error);
    case "invalid":
      return pointer === "/email"
        ? t("account.wrong.email")
        : pointer === "/username"
          ? t("account.wrong.name")
          : found.detail;
    default:
      return found?.detail;
  }
}

/** What is wrong with the whole: undefined when the fields say it. */
export function wrongAtAll(t: Translate, error: unknown, pointers: readonly string[]): string | undefined {
  return error && !pointers.some((pointer) => wrongWith(t, error, pointer)) ? messageOf(t, error) : undefined;
}
