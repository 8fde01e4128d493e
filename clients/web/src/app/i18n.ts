import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "../i18n/en/index.ts";
import { usePrefs } from "./prefs.ts";

/** The languages that are complete; a test says so. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

// English is part of the entry, every other language a file of its own.
const LOADERS: Record<Exclude<Language, "en">, () => Promise<{ default: typeof en }>> = {
  de: () => import("../i18n/de/index.ts"),
};

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
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
