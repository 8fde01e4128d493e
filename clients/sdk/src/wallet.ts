/** A wallet in the browser, as far as a log-in needs it: EIP-1193, found by EIP-6963 or the older `window.ethereum`. */

/** What a wallet puts into a page (EIP-1193). */
export interface Provider {
  request(call: { method: string; params?: readonly unknown[] }): Promise<unknown>;
}

/** A wallet that is there. */
export interface Wallet {
  /** Tells it from others while the page lives. */
  id: string;
  /** As it calls itself; nothing where it does not say. */
  name: string;
  provider: Provider;
}

/** The page, as far as wallets announce themselves in it. */
export type Place = Pick<EventTarget, "addEventListener" | "removeEventListener" | "dispatchEvent"> & {
  ethereum?: unknown;
};

/** Wallets beyond so many are not looked at: a page of theirs is no list of ours. */
const MOST = 20;
const LONGEST_NAME = 60;

/** Tells `found` of all wallets of the page, now and whenever another one comes, until the answered function is called. */
export function findWallets(place: Place, found: (wallets: readonly Wallet[]) => void): () => void {
  let wallets: readonly Wallet[] = [];
  const hear = (event: Event) => {
    const wallet = announced(event);
    if (wallet && wallets.length < MOST && !wallets.some(({ id }) => id === wallet.id)) {
      // A wallet that also took the older place is one and not two.
      wallets = [...wallets.filter(({ provider }) => provider !== wallet.provider), wallet];
      found(wallets);
    }
  };
  if (isProvider(place.ethereum)) {
    wallets = [{ id: "ethereum", name: "", provider: place.ethereum }];
  }
  found(wallets);
  place.addEventListener("eip6963:announceProvider", hear);
  place.dispatchEvent(new Event("eip6963:requestProvider"));
  return () => place.removeEventListener("eip6963:announceProvider", hear);
}

function announced(event: Event): Wallet | undefined {
  const detail: unknown = Reflect.get(event, "detail");
  if (typeof detail !== "object" || detail === null) {
    return undefined;
  }
  const [info, provider]: unknown[] = [Reflect.get(detail, "info"), Reflect.get(detail, "provider")];
  if (typeof info !== "object" || info === null || !isProvider(provider)) {
    return undefined;
  }
  const [id, name]: unknown[] = [Reflect.get(info, "uuid"), Reflect.get(info, "name")];
  return typeof id === "string" && typeof name === "string"
    ? { id, name: name.slice(0, LONGEST_NAME), provider }
    : undefined;
}

function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "request") === "function";
}

/** Why a wallet signed nothing. */
export class WalletError extends Error {
  override readonly name = "WalletError";
  readonly reason: "refused" | "no_account" | "failed";

  constructor(reason: WalletError["reason"], options?: ErrorOptions) {
    super(`the wallet: ${reason}`, options);
    this.reason = reason;
  }
}

/** EIP-1193: its owner said no. */
const REFUSED = 4001;

async function call(provider: Provider, method: string, params: readonly unknown[] = []): Promise<unknown> {
  try {
    return await provider.request({ method, params });
  } catch (cause) {
    const code: unknown = typeof cause === "object" && cause !== null && Reflect.get(cause, "code");
    throw new WalletError(code === REFUSED ? "refused" : "failed", { cause });
  }
}

/** Asks its owner which of the wallet's accounts this page may know: the first of them. */
export async function accountOf(provider: Provider): Promise<string> {
  const accounts = await call(provider, "eth_requestAccounts");
  const [first]: unknown[] = Array.isArray(accounts) ? accounts : [];
  if (typeof first !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(first)) {
    throw new WalletError("no_account");
  }
  return first;
}

/** Has the owner sign a text (EIP-191). */
export async function signText(provider: Provider, address: string, text: string): Promise<string> {
  const hex = Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"));
  const signature = await call(provider, "personal_sign", [`0x${hex.join("")}`, address]);
  if (typeof signature !== "string") {
    throw new WalletError("failed");
  }
  return signature;
}
