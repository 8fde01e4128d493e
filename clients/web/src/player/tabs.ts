const ours = Math.random().toString(36).slice(2);
const channel = "BroadcastChannel" in window ? new BroadcastChannel("resonance.player") : undefined;

/** Says that this tab plays now: every other one pauses. */
export function claim(): void {
  channel?.postMessage(ours);
}

export function onOtherTab(act: () => void): void {
  channel?.addEventListener("message", ({ data }) => {
    if (data !== ours) {
      act();
    }
  });
}
