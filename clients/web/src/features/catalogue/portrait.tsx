import { Sleeve } from "../../ui/sleeve.tsx";
import type { Artist } from "./queries.ts";

/** An artist's picture, or what is drawn from their name. */
export function Portrait({
  artist,
  size,
  className,
  eager = false,
}: {
  artist: Pick<Artist, "avatarUrl" | "displayName">;
  size: number;
  className?: string | undefined;
  eager?: boolean;
}) {
  return (
    <Sleeve
      src={artist.avatarUrl}
      title={artist.displayName}
      size={size}
      eager={eager}
      className={className}
    />
  );
}
