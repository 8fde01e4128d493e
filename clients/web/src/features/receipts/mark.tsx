import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";

/** That a session is contested, or was given back; nothing for one that just ended. */
export function Mark({ status, className }: { status: string; className?: string }) {
  const { t } = useTranslation();
  switch (status) {
    case "disputed":
      return <span className={cx("text-paper", className)}>{t("wallet.receipt.disputed")}</span>;
    case "refunded":
      return <span className={cx("text-verdigris", className)}>{t("wallet.receipt.refunded")}</span>;
    default:
      return null;
  }
}
