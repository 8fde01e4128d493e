import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../app/i18n.ts";
import { usePrefs } from "../../app/prefs.ts";
import { RadioGroup } from "../../ui/radio-group.tsx";
import { Select } from "../../ui/select.tsx";

const THEMES = ["system", "dark", "light"] as const;
const DENSITIES = ["compact", "normal", "roomy"] as const;

/** How the app looks on this device. */
export function Looks() {
  const { t } = useTranslation();
  const { theme, density, language, set } = usePrefs();
  const languages = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }));
  return (
    <div className="grid gap-6">
      <RadioGroup
        label={t("account.theme")}
        value={theme}
        onChange={(next) => set({ theme: next })}
        choices={THEMES.map((value) => ({ value, label: t(`palette.themes.${value}`) }))}
      />
      <RadioGroup
        label={t("account.density")}
        value={density}
        onChange={(next) => set({ density: next })}
        choices={DENSITIES.map((value) => ({ value, label: t(`account.densities.${value}`) }))}
      />
      <Select
        label={t("account.language")}
        className="w-64"
        value={language ?? ""}
        onChange={(next) => set({ language: next || undefined })}
        choices={[{ value: "", label: t("account.language_browser") }, ...languages]}
      />
    </div>
  );
}
