import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type account from "../i18n/en/account.json";
import type admin from "../i18n/en/admin.json";
import en from "../i18n/en/index.ts";
import type notifications from "../i18n/en/notifications.json";
import type studio from "../i18n/en/studio.json";
import type wallet from "../i18n/en/wallet.json";
import { usePrefs } from "./prefs.ts";

/** The languages that are complete; a test says so. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

// What every visitor reads in English is part of the entry; other languages are files of their own.
const LOADERS: Record<Exclude<Language, "en">, () => Promise<{ default: typeof en }>> = {
  de: () => import("../i18n/de/index.ts"),
};

/** The texts of screens that are seldom open: fetched with them. */
interface Parts {
  account: typeof account;
  admin: typeof admin;
  notifications: typeof notifications;
  studio: typeof studio;
  wallet: typeof wallet;
}
const PARTS: Record<Language, { [Name in keyof Parts]: () => Promise<{ default: Parts[Name] }> }> = {
  en: {
    account: () => import("../i18n/en/account.json"),
    admin: () => import("../i18n/en/admin.json"),
    notifications: () => import("../i18n/en/notifications.json"),
    studio: () => import("../i18n/en/studio.json"),
    wallet: () => import("../i18n/en/wallet.json"),
  },
  de: {
    account: () => import("../i18n/de/account.json"),
    admin: () => import("../i18n/de/admin.json"),
    notifications: () => import("../i18n/de/notifications.json"),
    studio: () => import("../i18n/de/studio.json"),
    wallet: () => import("../i18n/de/wallet.json"),
  },
};
const opened = new Set<keyof Parts>();

/** Fetches the texts of `part`, for the route that shows them; later languages bring them along. */
export async function openTexts(part: keyof Parts): Promise<void> {
  opened.add(part);
  await fetchPart(i18next.language as Language, part);
}

async function fetchPart(language: Language, part: keyof Parts) {
  if (i18next.getResource(language, "translation", part) === undefined) {
    const texts = await PARTS[language][part]();
    i18next.addResourceBundle(language, "translation", { [part]: texts.default }, true);
  }
}

/** The names of all texts, as `wallet.units.beats`. */
type Names<Texts, Path extends string = ""> = {
  [Name in keyof Texts & string]: Texts[Name] extends string
    ? `${Path}${Name}`
    : Names<Texts[Name], `${Path}${Name}.`>;
}[keyof Texts & string];

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    // A flat list: to the types of the library a tree of this size is too deep.
    resources: { translation: Record<Names<typeof en & Parts>, string> };
    keySeparator: false;
    returnNull: false;
  }
}

function wanted(): Language {
  const tags = [usePrefs.getState().language, ...navigator.languages];
  for (const tag of tags) {
    const base = tag?.split("-")[0];
    if (base && base in LANGUAGES) {
      return base as Language;
    }
  }
  return "en";
}

async function speak(language: Language) {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    const messages = await LOADERS[language]();
    i18next.addResourceBundle(language, "translation", messages.default);
  }
  await Promise.all([...opened].map((part) => fetchPart(language, part)));
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}

/** Speaks the chosen language from now on, and whatever is chosen later. */
export async function startSpeaking(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  await speak(wanted());
  usePrefs.subscribe((prefs, before) => {
    if (prefs.language !== before.language) {
      void speak(wanted());
    }
  });
}
