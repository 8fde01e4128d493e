import type { useTranslation } from "react-i18next";
import type { Notification } from "./queries.ts";

type Translate = ReturnType<typeof useTranslation>["t"];

/** A notification in the reader's language; of a kind that this app does not know, in the server's words. */
export function wordsOf(t: Translate, { type, message, params, count }: Notification): string {
  const said: Readonly<Record<string, unknown>> = params;
  const text = (name: string) => {
    const value = said[name];
    return typeof value === "string" ? value : "?";
  };
  const figure = (name: string) => {
    const value = said[name];
    return typeof value === "number" ? value : 0;
  };
  switch (type) {
    case "upload_processed":
      return t("notifications.upload_processed", { title: text("title") });
    case "upload_failed":
      return t("notifications.upload_failed", { title: text("title"), reason: text("reason") });
    case "import_finished":
      return t("notifications.import_finished", {
        added: figure("added"),
        updated: figure("updated"),
        broken: figure("broken"),
      });
    case "import_failed":
      return t("notifications.import_failed", { reason: text("reason") });
    case "new_follower":
      return typeof said.follower === "string" || count > 1
        ? t("notifications.new_follower", { count, follower: text("follower"), artist: text("artist") })
        : t("notifications.new_follower_unnamed", { artist: text("artist") });
    case "new_release":
      return t("notifications.new_release", { artist: text("artist"), title: text("title") });
    case "dispute_opened":
      return t("notifications.dispute_opened", { title: text("title") });
    case "dispute_resolved":
      return said.upheld === true
        ? t("notifications.dispute_upheld", { title: text("title") })
        : t("notifications.dispute_dismissed", { title: text("title") });
    default:
      return message;
  }
}
