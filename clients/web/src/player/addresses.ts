import { ApiError, ask } from "@resonance/sdk";
import { server } from "../app/client.ts";
import { RefusedBytes } from "../audio/http.ts";

/** Another address for the sound of a track, when the one there was has run out. */
export async function renewed(track: string): Promise<string> {
  const path = "/api/v1/tracks/{id}/stream-url";
  try {
    const { url } = await ask(server.api.POST(path, { params: { path: { id: track } }, body: {} }));
    return server.url(url);
  } catch (error) {
    if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
      throw new RefusedBytes(error.status === 401 ? "log_in" : error.status === 403 ? "refused" : "missing");
    }
    throw error;
  }
}
