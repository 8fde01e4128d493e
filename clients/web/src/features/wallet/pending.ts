import { create } from "zustand";
import { persist } from "zustand/middleware";

/** The server has no list of them, so this device keeps which payments it does not know the end of, by account. */
type Kept = Readonly<Record<string, readonly string[]>>;

/** With one more that is not over. */
export function withPending(kept: Kept, account: string, id: string): Kept {
  const before = kept[account] ?? [];
  return before.includes(id) ? kept : { ...kept, [account]: [...before, id] };
}

/** Without one that is over. */
export function withoutPending(kept: Kept, account: string, id: string): Kept {
  const { [account]: before = [], ...others } = kept;
  const after = before.filter((each) => each !== id);
  return after.length > 0 ? { ...others, [account]: after } : others;
}

const usePending = create<{ kept: Kept }>()(
  persist(() => ({ kept: {} as Kept }), { name: "resonance.top-ups" }),
);

const NONE: readonly string[] = [];

/** The top-ups of the account that nobody knows the end of. */
export function usePendingOf(account: string | undefined): readonly string[] {
  return usePending(({ kept }) => (account && kept[account]) || NONE);
}

export function keepPending(account: string, id: string): void {
  usePending.setState(({ kept }) => ({ kept: withPending(kept, account, id) }));
}

export function dropPending(account: string, id: string): void {
  usePending.setState(({ kept }) => ({ kept: withoutPending(kept, account, id) }));
}
