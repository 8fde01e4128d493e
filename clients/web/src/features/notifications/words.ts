import type { useTranslation } from "react-i18next";
import { clock } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import type { Notification } from "./queries.ts";

type Translate = ReturnType<typeof useTranslation>["t"];

/** A notification in the reader's language; of a kind that this app does not know, in the server's words. */
export function wordsOf(t: Translate, { type, message, params, count, link }: Notification): string {
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
      return typeof said.release === "string"
        ? t("notifications.upload_processed_of", { count, title: text("title"), release: text("release") })
        : t("notifications.upload_processed", { count, title: text("title") });
    case "upload_cut_off":
      return t("notifications.upload_cut_off", {
        title: text("title"),
        found: clock(figure("durationMs")),
        promised: clock(figure("promisedMs")),
      });
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
      return t(`notifications.contested.${whoseIs(link)}${said.byInstance === true ? "_found" : ""}`, {
        title: text("title"),
      });
    case "dispute_resolved": {
      const whom = whoseIs(link) === "mine" ? "mine" : "theirs";
      const how = said.upheld === true ? "upheld" : "dismissed";
      const what = t(`notifications.dispute.${how}_${whom}`, { title: text("title") });
      return typeof said.note === "string"
        ? t("notifications.dispute.said", { what, note: said.note })
        : what;
    }
    case "manager_invited":
    case "manager_added": {
      const role = said.role === "owner" ? "owner" : "editor";
      return t(`notifications.${type}.${role}`, { artist: text("artist") });
    }
    case "tip_received": {
      const named = typeof said.from === "string";
      const given = {
        from: text("from"),
        artist: text("artist"),
        sum: sumOf(t, text("asset"), text("amount")),
      };
      return t(named ? "notifications.tip" : "notifications.tip_unnamed", given);
    }
    default:
      return message;
  }
}

/** Which play is contested: what it comes to for whoever is told, and when it was heard. Of all else nothing. */
export function playOf(t: Translate, language: string, { params }: Notification): string | undefined {
  const { asset, amount, playedAt }: Readonly<Record<string, unknown>> = params;
  if (typeof asset !== "string" || typeof amount !== "string" || typeof playedAt !== "string") {
    return undefined;
  }
  const at = new Date(playedAt).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  return `${sumOf(t, asset, amount)} · ${at}`;
}

/** Whether a decision went against whoever is told of it. */
export function isLost({ type, params, link }: Notification): boolean {
  const { upheld }: Readonly<Record<string, unknown>> = params;
  return type === "dispute_resolved" && (upheld === true) !== (whoseIs(link) === "mine");
}

/** Whom it is told to, by where it leads: the listener to the receipt, admins to what they decide, artists to the earnings. */
function whoseIs(link: string): "mine" | "operators" | "theirs" {
  if (link.startsWith("/wallet/")) {
    return "mine";
  }
  return link.startsWith("/admin/") ? "operators" : "theirs";
}

function sumOf(t: Translate, asset: string, amount: string): string {
  const figure = /^\d+$/.test(amount) ? inFigures({ asset, amount }) : "?";
  switch (asset) {
    case "BEAT":
      return t("notifications.sum.beats", { figure });
    case "BTN":
      return t("notifications.sum.points", { figure });
    default:
      return `${figure} ${asset}`;
  }
}
