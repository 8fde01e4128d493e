import { useTranslation } from "react-i18next";
import { HINT } from "../../ui/field-style.ts";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { RadioGroup } from "../../ui/radio-group.tsx";
import type { Visibility } from "./queries.ts";

const ICONS: Record<Visibility, IconName> = {
  public: "users",
  unlisted: "link",
  private: "lock",
  members: "users",
};

/** Who sees something, in one word with its sign. */
export function Seen({ visibility }: { visibility: Visibility }) {
  const { t } = useTranslation();
  return (
    <span className="flex items-center gap-1.5 text-13 whitespace-nowrap text-soft">
      <Icon name={ICONS[visibility]} size={16} />
      {t(`studio.visibility.${visibility}`)}
    </span>
  );
}

/** Chooses who sees something, and says what the choice means. */
export function VisibilityField({
  of,
  value,
  onChange,
  disabled = false,
}: {
  of: "track" | "release";
  value: Visibility;
  onChange: (value: Visibility) => void;
  disabled?: boolean;
}) {
  const { t } = useTranslation();
  const values: Visibility[] = ["private", "unlisted", "public"];
  if (value === "members") {
    values.push("members");
  }
  return (
    <div className="grid gap-2">
      <RadioGroup
        label={t(`studio.visibility.of_${of}`)}
        choices={values.map((each) => ({ value: each, label: t(`studio.visibility.${each}`) }))}
        value={value}
        onChange={onChange}
        isDisabled={disabled}
      />
      <p className={HINT}>{t(`studio.visibility.${value}_${of}`)}</p>
    </div>
  );
}
