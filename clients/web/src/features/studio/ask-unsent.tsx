import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { messageOf } from "../../ui/state.tsx";
import { type Unsent, unsentOf } from "./unsent.ts";

interface AskUnsentProps {
  unsent: readonly Unsent[];
  onStay: () => void;
  /** It is saved, or thrown away. */
  onDone: () => void;
}

/** Whoever leaves what is not saved says what becomes of it. */
function AskUnsent({ unsent, onStay, onDone }: AskUnsentProps) {
  const { t, i18n } = useTranslation();
  const save = useMutation({
    mutationFn: async () => {
      for (const form of unsent) {
        await form.save?.();
      }
    },
    onSuccess: onDone,
  });
  const drop = () => {
    for (const form of unsent) {
      form.drop();
    }
    onDone();
  };
  const what = new Intl.ListFormat(i18n.language).format(unsent.map((form) => form.what));
  return (
    <Dialog
      alert
      isOpen
      onClose={onStay}
      title={t("studio.unsent.ask")}
      actions={
        <>
          <Button onPress={onStay}>{t("studio.unsent.stay")}</Button>
          <Button kind="danger" isDisabled={save.isPending} onPress={drop}>
            {t("studio.unsent.drop")}
          </Button>
          {unsent.every((form) => form.save) && (
            <Button kind="primary" busy={save.isPending} onPress={() => save.mutate()}>
              {t("studio.unsent.save")}
            </Button>
          )}
        </>
      }
    >
      <p className="text-soft">{t("studio.unsent.line", { what })}</p>
      {save.error && (
        <p role="alert" className="mt-3 text-13 text-rust">
          {messageOf(t, save.error)}
        </p>
      )}
    </Dialog>
  );
}

/** Closes a dialog with a form in it: what to press, and the question that comes up while something is not saved. */
export function useClosing(form: string, onClose: () => void) {
  const [asked, setAsked] = useState<readonly Unsent[]>();
  const close = () => {
    const unsent = unsentOf(form);
    if (unsent.length > 0) {
      setAsked(unsent);
    } else {
      onClose();
    }
  };
  const question = asked && <AskUnsent unsent={asked} onStay={() => setAsked(undefined)} onDone={onClose} />;
  return { close, question };
}
