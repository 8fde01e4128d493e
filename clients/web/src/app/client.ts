import { Resonance } from "@resonance/sdk";
import { queryClient } from "./query.ts";

/** This page's server. The log-in is in cookies that no script can read. */
export const server = new Resonance({
  onSessionEnd: () => {
    // Who was nobody all the time sees nothing else from now on.
    if (queryClient.getQueryData(["me"])) {
      // What the account could see is dropped, and asked for again as anybody.
      queryClient.setQueryData(["me"], null);
      void queryClient.invalidateQueries();
    }
  },
});
