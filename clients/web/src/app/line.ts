import type { SocketOptions } from "@resonance/sdk";

type Line = ReturnType<SocketOptions["connect"]>;

/** A connection of this browser. */
export function connect(url: string): Line {
  const socket = new WebSocket(url);
  const line: Line = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => socket.send(text),
    close: () => socket.close(),
  };
  socket.onopen = () => line.onopen?.();
  socket.onmessage = ({ data }: MessageEvent<unknown>) => line.onmessage?.({ data });
  socket.onclose = ({ code }) => line.onclose?.({ code });
  return line;
}
