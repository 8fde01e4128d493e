import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";

/** Keeps an account out, once that was confirmed, or lets it in again. */
export function Suspend({
  name,
  isSuspended,
  busy,
  onChange,
}: {
  name: string;
  isSuspended: boolean;
  busy: boolean;
  onChange: (suspended: boolean) => void;
}) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  if (isSuspended) {
    return (
      <Button
        className="col-start-2 sm:col-start-auto"
        busy={busy}
        aria-label={t("admin.users.restore_of", { name })}
        onPress={() => onChange(false)}
      >
        {t("admin.users.restore")}
      </Button>
    );
  }
  return (
    <>
      <Button
        kind="plain"
        className="col-start-2 sm:col-start-auto"
        busy={busy}
        aria-label={t("admin.users.suspend_of", { name })}
        onPress={() => setAsked(true)}
      >
        {t("admin.users.suspend")}
      </Button>
      <Dialog
        alert
        title={t("admin.users.sure", { name })}
        isOpen={asked}
        onClose={() => setAsked(false)}
        actions={
          <>
            <Button onPress={() => setAsked(false)}>{t("action.cancel")}</Button>
            <Button
              kind="danger"
              onPress={() => {
                setAsked(false);
                onChange(true);
              }}
            >
              {t("admin.users.suspend")}
            </Button>
          </>
        }
      >
        <p className="text-soft">{t("admin.users.sure_text")}</p>
      </Dialog>
    </>
  );
}
