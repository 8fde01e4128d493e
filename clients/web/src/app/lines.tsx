import { useRegisterSW } from "virtual:pwa-register/react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";
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

/** Offers a newer version of the app; it is never put under a listener's feet. */
export function UpdateLine() {
  const { t } = useTranslation();
  const {
    needRefresh: [needed],
    updateServiceWorker,
  } = useRegisterSW();
  return (
    <div role="status">
      {needed && (
        <p className="flex items-center gap-3 border-b border-line bg-bed px-4 py-1 text-13 sm:px-10">
          {t("state.update")}
          <Button kind="plain" onPress={() => void updateServiceWorker(true)}>
            {t("state.update_now")}
          </Button>
        </p>
      )}
    </div>
  );
}
