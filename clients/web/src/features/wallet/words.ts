import type { useTranslation } from "react-i18next";
import type { Transaction } from "./queries.ts";

type Translate = ReturnType<typeof useTranslation>["t"];

/** What happened, in the reader's language; in the server's words where this app knows none. */
export function wordsOf(
  t: Translate,
  { kind, key, amount, artists, title, description }: Transaction,
): string {
  const names = artists.map(({ name }) => name).join(", ");
  switch (kind) {
    case "top_up":
    case "faucet":
    case "hold_granted":
    case "hold_released":
    case "hold_expired":
    case "redemption":
    case "reversal":
      return t(`wallet.kinds.${kind}`);
    case "dispute_upheld": {
      const said = t("wallet.kinds.dispute_upheld");
      return title ? t("wallet.kinds.of_track", { said, title }) : said;
    }
    case "dispute_opened":
    case "dispute_dismissed":
      return t("wallet.kinds.dispute");
    case "capture":
    case "settlement":
      if (title) {
        return t("wallet.kinds.listening_to_track", { title });
      }
      return names ? t("wallet.kinds.listening_to", { names }) : t("wallet.kinds.listening");
    case "tip":
      return names ? t("wallet.kinds.tip_to", { names }) : t("wallet.kinds.tip");
    case "points_tip":
      return t(BigInt(amount) < 0n ? "wallet.kinds.points_given" : "wallet.kinds.points_received");
    case "reward": {
      const said = t(`wallet.kinds.${rewardOf(key)}`);
      return title ? t("wallet.kinds.of_track", { said, title }) : said;
    }
    default:
      return description;
  }
}

function rewardOf(key: string) {
  const what = key.split(":")[1];
  switch (what) {
    case "full-play":
      return "full_play";
    case "partial-play":
      return "partial_play";
    case "first-like":
      return "first_like";
    default:
      return "reward";
  }
}
