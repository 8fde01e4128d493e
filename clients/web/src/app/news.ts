import { type ChannelListener, Socket, type SocketStatus } from "@resonance/sdk";
import { server } from "./client.ts";
import { connect } from "./line.ts";
import { meQuery } from "./me.ts";
import { queryClient } from "./query.ts";

/** What the server tells by itself. One connection for the whole page, and none before somebody listens. */
const socket = new Socket({
  baseUrl: server.baseUrl,
  session: server.session,
  connect,
  renew: () => server.session.renew(),
});

// A page that nobody sees, or that has no network, needs no connection: what it missed it asks for when it is back.
const look = () => socket.setAwake(navigator.onLine && document.visibilityState === "visible");
document.addEventListener("visibilitychange", look);
window.addEventListener("online", look);
window.addEventListener("offline", look);
look();

// The connection is somebody's: another account has another.
let account = queryClient.getQueryData(meQuery.queryKey)?.userId;
queryClient.getQueryCache().subscribe(({ query }) => {
  if (query.queryKey.length === 1 && query.queryKey[0] === meQuery.queryKey[0]) {
    const me = queryClient.getQueryData(meQuery.queryKey);
    if (me !== undefined && me?.userId !== account) {
      account = me?.userId;
      socket.restart();
    }
  }
});

/** Hears a channel until the answered function is called. */
export function hear(channel: string, listener: ChannelListener): () => void {
  return socket.listen(channel, listener);
}

/** Tells how the line stands, and when that changes, until the answered function is called. */
export function watch(watcher: (status: SocketStatus) => void): () => void {
  watcher(socket.status);
  return socket.watch(watcher);
}
