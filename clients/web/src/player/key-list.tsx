import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/dialog.tsx";

const KEYS = [
  ["search", "/ · Ctrl K"],
  ["toggle", "Space"],
  ["next", "Shift N"],
  ["previous", "Shift P"],
  ["back", "J"],
  ["onward", ";"],
  ["like", "L"],
  ["shuffle", "S"],
  ["repeat", "R"],
  ["mute", "M"],
  ["louder", "+"],
  ["softer", "−"],
  ["queue", "Q"],
  ["spent", "Alt B"],
  ["list", "?"],
] as const;

/** Which keys do what. */
export default function KeyList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("player.keys.title")} isOpen onClose={onClose}>
      <dl>
        {KEYS.map(([name, key]) => (
          <div key={name} className="ruled flex items-center justify-between gap-4 py-2">
            <dt>{t(`player.keys.${name}`)}</dt>
            <dd className="figure text-soft">{key}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
