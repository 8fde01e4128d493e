import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "./lazy-dialog.tsx";
import { useSmallCover } from "./uploads.ts";

/** Asks whether a picture of few pixels is to be the cover all the same. */
export function AskSmallCover({ release, onUse }: { release: string; onUse: (file: File) => void }) {
  const { t } = useTranslation();
  const asked = useSmallCover((state) => state.asked);
  if (asked?.release !== release) {
    return null;
  }
  const close = () => useSmallCover.setState({ asked: undefined });
  return (
    <Dialog
      alert
      isOpen
      title={t("studio.cover.small")}
      onClose={close}
      actions={
        <>
          <Button onPress={close}>{t("action.cancel")}</Button>
          <Button
            kind="primary"
            onPress={() => {
              close();
              onUse(asked.file);
            }}
          >
            {t("studio.cover.use_small")}
          </Button>
        </>
      }
    >
      <p className="text-soft">{t("studio.cover.small_text", { side: asked.side })}</p>
    </Dialog>
  );
}
