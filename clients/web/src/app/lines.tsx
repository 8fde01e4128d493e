import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icons.tsx";

function subscribe(changed: () => void) {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}

/** Whether the device believes that it has a network. */
export function useOnline(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}

export function OfflineLine() {
  const { t } = useTranslation();
  const online = useOnline();
  return (
    <div role="status">
      {!online && (
        <p className="flex items-center gap-2 border-b border-line bg-bed px-4 py-2 text-13 text-soft sm:px-10">
          <Icon name="offline" size={16} /> {t("state.offline")}
        </p>
      )}
    </div>
  );
}
