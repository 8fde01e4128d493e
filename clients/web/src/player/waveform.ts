import { queryOptions } from "@tanstack/react-query";
import { server } from "../app/client.ts";

/** The peaks are being made: asking again later helps. */
class NotYet extends Error {}

/** The peaks of a track, from 0 for silence to 255: up to 1,800 of them. */
export function waveformQuery(trackId: string) {
  return queryOptions({
    queryKey: ["waveform", trackId],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<Uint8Array> => {
      const url = server.url(`/api/v1/tracks/${encodeURIComponent(trackId)}/waveform`);
      const request = new Request(url, { signal, headers: { accept: "application/octet-stream" } });
      const response = await server.session.fetch(request);
      if (response.status === 202) {
        throw new NotYet();
      }
      const bytes = response.ok ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array();
      // The first byte is the version of the form; another form is not ours to draw.
      return bytes[0] === 1 ? bytes.subarray(1) : new Uint8Array();
    },
    retry: (failures, error) => error instanceof NotYet && failures < 10,
    retryDelay: 2000,
  });
}
