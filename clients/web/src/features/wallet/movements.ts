import type { Transaction } from "./queries.ts";

/** Something that happened, of one transaction or of several that belong together. */
export interface Movement {
  /** Tells it from the others of its list. */
  id: string;
  /** The newest of its transactions: what it is about. */
  newest: Transaction;
  /** What all of them moved together, in minor units of the asset. */
  amount: bigint;
  /** What was set aside or given free again, where nothing came or went. */
  setAside: bigint;
  /** Other parts of the same session stand apart from it, for something else happened in between. */
  isPart: boolean;
}

/**
 * Transactions as somebody thinks of them: what a session took in several parts is one. What was only set aside, or was
 * not needed after all, moved no money, and is left out unless `withSetAside`. Sessions that are `open` are no movement yet,
 * nor is the last one where `hasMore` comes after it: some of what it took may be there.
 */
export function movements(
  transactions: readonly Transaction[],
  withSetAside: boolean,
  open: ReadonlySet<string>,
  hasMore = false,
): Movement[] {
  const found: Movement[] = [];
  for (const each of transactions) {
    const amount = BigInt(each.amount);
    const isOpen = amount !== 0n && each.sessionId != null && open.has(each.sessionId);
    if (isOpen || (amount === 0n && !withSetAside)) {
      continue;
    }
    const last = found.at(-1);
    if (
      last &&
      each.sessionId &&
      last.newest.sessionId === each.sessionId &&
      last.newest.asset === each.asset
    ) {
      last.amount += amount;
    } else {
      const setAside = amount === 0n ? BigInt(each.held) : 0n;
      found.push({ id: `${each.entry}:${each.asset}`, newest: each, amount, setAside, isPart: false });
    }
  }
  const isCut = hasMore && Boolean(found.at(-1)?.newest.sessionId);
  // Where there is nothing else it is said to be a part.
  const isLone = isCut && found.length === 1;
  if (isCut && !isLone) {
    found.pop();
  }
  const sessionOf = ({ newest, amount }: Movement) =>
    amount !== 0n && newest.sessionId ? `${newest.sessionId}:${newest.asset}` : undefined;
  const parts = Map.groupBy(found, sessionOf);
  return found.map((each) => {
    const session = sessionOf(each);
    return { ...each, isPart: isLone || (session !== undefined && (parts.get(session)?.length ?? 0) > 1) };
  });
}
