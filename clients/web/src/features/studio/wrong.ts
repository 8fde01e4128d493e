import { ApiError } from "@resonance/sdk";
import i18next from "i18next";
import type { useTranslation } from "react-i18next";
import type studio from "../../i18n/en/studio.json";
import { messageOf } from "../../ui/state.tsx";

type Translate = ReturnType<typeof useTranslation>["t"];

type Told = keyof (typeof studio)["wrong"];

const isTold = (code: string): code is Told => i18next.exists(`studio.wrong.${code}`);

/** What is wrong with the field at `pointer`: what the server says of that field, else of the whole. */
export function wrongOf(t: Translate, error: unknown, pointer: string): string | undefined {
  if (!error) {
    return undefined;
  }
  if (error instanceof ApiError) {
    const field = error.fields.find(
      (each) => each.pointer === pointer || each.pointer.startsWith(`${pointer}/`),
    );
    if (field) {
      return isTold(field.code) ? t(`studio.wrong.${field.code}`) : field.detail;
    }
  }
  return messageOf(t, error);
}
