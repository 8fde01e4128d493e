import type { Receipt } from "./queries.ts";

/** Keeps a receipt as a file, in the form that `resonance receipt verify` reads. */
export function saveReceipt(receipt: Receipt): void {
  const url = URL.createObjectURL(
    new Blob([`${JSON.stringify(receipt, null, 2)}\n`], { type: "application/json" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = `receipt-${receipt.sessionId}.json`;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
