import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components/Modal";
import { useTranslation } from "react-i18next";
import { IconButton } from "./button.tsx";
import { cx } from "./class.ts";

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** What can be done, in a row at the end. */
  actions?: ReactNode;
  /** A question that must be answered: a press beside it does not close it. */
  alert?: boolean;
  /** From the foot of the screen on phones, as a sheet; in the middle otherwise. */
  sheet?: boolean;
  /** The title is read out and not shown. */
  titleHidden?: boolean;
  /** Room for a form of two columns. */
  wide?: boolean;
  className?: string;
}

/**
 * A dialog over the screen: focus stays in it, Escape closes it, and focus goes back to where it was.
 * It is heavy: load what opens it lazily.
 */
export function Dialog({
  title,
  isOpen,
  onClose,
  children,
  actions,
  alert = false,
  sheet = false,
  titleHidden = false,
  wide = false,
  className,
}: DialogProps) {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable={!alert}
      className={cx(
        "fixed inset-0 z-50 grid bg-lacquer/70 sm:p-6 low:p-2",
        sheet ? "items-end sm:place-items-center" : "place-items-center p-4",
      )}
    >
      <Modal
        className={cx(
          "max-h-full w-full overflow-y-auto border border-line bg-rise sm:rounded-field low:scroll-pb-16",
          wide ? "scroll-pb-20 sm:max-w-[44rem]" : "sm:max-w-[32rem]",
          sheet ? "pb-[env(safe-area-inset-bottom)]" : "rounded-field",
          className,
        )}
      >
        <AriaDialog role={alert ? "alertdialog" : "dialog"} className="outline-none">
          {titleHidden ? (
            <Heading slot="title" className="sr-only">
              {title}
            </Heading>
          ) : (
            <div className="flex items-start justify-between gap-4 ps-5 pe-2 pt-2">
              <Heading slot="title" className="min-w-0 py-2.5 text-18 font-semibold [overflow-wrap:anywhere]">
                {title}
              </Heading>
              <IconButton icon="close" label={t("action.close")} onPress={onClose} />
            </div>
          )}
          <div className={titleHidden ? undefined : "px-5 pt-1 pb-5"}>
            {children}
            {actions && (
              <div
                className={cx(
                  "mt-6 flex flex-wrap justify-end gap-3 low:sticky low:bottom-0 low:-mx-5 low:mt-3 low:-mb-5 low:border-t low:border-line low:bg-rise low:px-5 low:py-2",
                  // A long form ends where the screen does, and its buttons stay.
                  wide && "sticky bottom-0 z-10 -mx-5 -mb-5 border-t border-line bg-rise px-5 py-3",
                )}
              >
                {actions}
              </div>
            )}
          </div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
