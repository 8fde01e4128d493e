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

/** What a page has now: what the server told last, or what was asked for if that is newer. */
export function useStanding(artist: string, asked: Earnings | undefined): Standing | undefined {
  const [told, setTold] = useState<Told>();
  useNews(`artist:${artist}:earnings`, {
    event: (data, id) => {
      if (!isStanding(data)) {
        return;
      }
      // Somebody came or left, or contested: what has ended is among the sums of days and tracks.
      const contested = ({ balances }: Standing) => balances.map(({ disputed }) => disputed).join();
      const isOther = (before: Standing) =>
        before.listening !== data.listening ||
        // Of several that listen, or of those who paused, one has ended.
        BigInt(data.open.amount) < BigInt(before.open.amount) ||
        contested(before) !== contested(data);
      if (told && isOther(told.standing)) {
        void queryClient.invalidateQueries({ queryKey: ["studio", "earnings", artist] });
      }
      setTold({ at: id / 1000, standing: data });
    },
  });
  return newest(asked, told);
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

function isStanding(data: unknown): data is Standing {
  return (
    typeof data === "object" &&
    data !== null &&
    ["balances", "live", "open", "listening"].every((part) => part in data)
  );
}
