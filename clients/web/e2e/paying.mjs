// Listens for money over REST, as a client without a screen: for tests of what comes of it.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { SessionKey } from "@resonance/sdk/voucher";
import { base } from "./browser.mjs";

/** Asks the server as the person; answers what it says. */
export async function asker({ login, password }, at = base) {
  let headers = { "content-type": "application/json" };
  const ask = async (method, path, body) => {
    const answer = await fetch(`${at}/api/v1${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  const { accessToken } = await ask("POST", "/auth/login", { login, password });
  headers = { ...headers, authorization: `Bearer ${accessToken}` };
  return Object.assign(ask, { authorization: headers.authorization });
}

/**
 * Hears so many seconds of a track or a few more, until it is `enough`, and signs for them; answers the session, which has
 * ended unless `goOn`, and what it cost.
 */
export async function hear(ask, trackId, seconds, { goOn = false, enough = () => true } = {}) {
  const key = SessionKey.make();
  const started = await ask("POST", "/sessions", { trackId, sessionKey: key.address });
  const { sessionId } = started;
  const terms = {
    ...started,
    pricePerBeat: BigInt(started.pricePerBeat),
    verifyingContract: started.domain.verifyingContract,
  };
  let [seq, beats, sum] = [0, 0, 0n];
  const end = Date.now() + 120_000;
  while (seq < seconds || !enough()) {
    await sleep(300);
    const { newest, pauseReason } = await ask("GET", `/sessions/${sessionId}`);
    assert.ok(Date.now() < end, `it stands at ${seq} s, ${pauseReason}`);
    // On a busy machine it may be more than one second further, or have waited for a voucher so long that it paused.
    if (!newest || (newest.seq <= seq && pauseReason !== "unacknowledged")) continue;
    ({ seq, beats } = newest);
    sum = BigInt(newest.cumulativeAmount);
    const signature = await key.sign(terms, sum, newest.beats);
    await ask("POST", `/sessions/${sessionId}/ack`, { seq, cumulativeAmount: String(sum), signature });
  }
  if (!goOn) await ask("POST", `/sessions/${sessionId}/settle`);
  return { session: sessionId, beats, amount: sum };
}
