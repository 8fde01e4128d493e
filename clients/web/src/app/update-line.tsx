import { useRegisterSW } from "virtual:pwa-register/react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";

/** Offers a newer version of the app; it is never put under a listener's feet. */
export default function UpdateLine() {
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
