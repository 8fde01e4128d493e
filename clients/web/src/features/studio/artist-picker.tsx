import { ask } from "@resonance/sdk";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { server } from "../../app/client.ts";
import { Suggest, type Suggestion } from "./suggest.tsx";

/** Finds an artist of this server by name. */
export function ArtistPicker({
  label,
  without,
  onPick,
}: {
  label: string;
  without: readonly string[];
  onPick: (artist: Suggestion) => void;
}) {
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: ["artists", "named", q],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ask(
        server.api.GET("/api/v1/artists", { params: { query: { limit: 10, ...(q ? { q } : {}) } }, signal }),
      ),
  });
  const suggestions = (data?.items ?? [])
    .filter(({ id }) => !without.includes(id))
    .map(({ id, displayName }) => ({ id, name: displayName }));
  return <Suggest label={label} suggestions={suggestions} onType={setText} onPick={onPick} />;
}
