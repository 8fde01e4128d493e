import type { components } from "@resonance/sdk";
import { useState } from "react";
import { queryClient } from "../../app/query.ts";
import { useNews } from "../../app/use-news.ts";
import type { Earnings } from "./queries.ts";

/** What a page has now, and how many listen and pay. */
export type Standing = components["schemas"]["Standing"];

interface Told {
  /** When the server looked, in milliseconds. */
  at: number;
  standing: Standing;
}

/** What a page has now, and when: what the server told last, or what was asked for if that is newer. */
export function useStanding(artist: string, asked: Earnings | undefined) {
  const [told, setTold] = useState<Told>();
  useNews(`artist:${artist}:earnings`, {
    event: (data, id) => {
      if (!isStanding(data)) {
        return;
      }
      if (told && isOther(told.standing, data)) {
        void queryClient.invalidateQueries({ queryKey: ["studio", "earnings", artist] });
      }
      setTold({ at: id / 1000, standing: data });
    },
  });
  const standing = newest(asked, told);
  return { standing, at: told && standing === told.standing ? told.at : asked && Date.parse(asked.at) };
}

/** Whether anything moved that is among the sums of days, tracks and tips: more than what is heard right now. */
export function isOther(before: Standing, now: Standing): boolean {
  const contested = ({ balances }: Standing) => balances.map(({ disputed }) => disputed).join();
  return (
    before.listening !== now.listening ||
    // Of several that listen, or of those who paused, one has ended.
    BigInt(now.open.amount) < BigInt(before.open.amount) ||
    contested(before) !== contested(now) ||
    [...new Set([...before.balances, ...now.balances].map(({ asset }) => asset))].some(
      (asset) => closed(before, asset) < closed(now, asset),
    )
  );
}

/** What came of an asset without the plays that have not ended. */
function closed({ balances, live, open }: Standing, asset: string): bigint {
  const earned = BigInt(balances.find((each) => each.asset === asset)?.earned ?? 0);
  return asset === live.asset ? earned + BigInt(live.amount) - BigInt(open.amount) : earned;
}

/** The newer of the two, by the server's clock. */
export function newest(asked: Earnings | undefined, told: Told | undefined): Standing | undefined {
  const isNewer = told && (!asked || told.at >= Date.parse(asked.at));
  return isNewer ? told.standing : asked;
}

/** Whether somebody pays, or paid: what is not in the tables yet will be. */
export function hasBegun(standing: Standing | undefined): boolean {
  return (
    standing !== undefined &&
    (standing.listening > 0 ||
      BigInt(standing.open.amount) > 0n ||
      standing.balances.some(
        ({ asset, earned, disputed }) =>
          asset === standing.live.asset && (BigInt(earned) > 0n || BigInt(disputed) > 0n),
      ))
  );
}

/** Why there is nothing to add up: it has not ended yet, nothing of it stayed, or nobody has paid. */
export function whyNone(standing: Standing | undefined, wasContested: boolean): "first" | "back" | "none" {
  return hasBegun(standing) ? "first" : wasContested ? "back" : "none";
}

function isStanding(data: unknown): data is Standing {
  return (
    typeof data === "object" &&
    data !== null &&
    ["balances", "live", "open", "listening"].every((part) => part in data)
  );
}
