import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { useCosts } from "./meter-view.tsx";
import { usePaying } from "./paying.ts";
import { type Track, usePlayer } from "./player.ts";

/** What takes the listener further where paying stopped it; nothing where it did not. */
export function PayingAction({ track }: { track: Track }) {
  const { t } = useTranslation();
  const halt = usePaying((paying) => (paying.track?.id === track.id ? paying.halt : undefined));
  const preview = usePlayer((player) => player.preview);
  const costs = useCosts(track);
  const { resume } = usePlayer.getState();
  const act =
    halt === "balance"
      ? { label: t("player.paying.top_up"), do: () => usePaying.setState({ sheet: "balance" }) }
      : halt === "cap"
        ? { label: t("player.paying.raise"), do: () => usePaying.setState({ sheet: "cap" }) }
        : halt && halt !== "unpayable"
          ? { label: t("player.paying.go_on"), do: resume }
          : preview && costs && !halt
            ? { label: t("player.paying.whole"), do: again }
            : undefined;
  return (
    act && (
      <Button className="h-9 px-4 text-13" onPress={act.do}>
        {act.label}
      </Button>
    )
  );
}

/** The track from its beginning, all of it. */
function again() {
  const { queue, jump } = usePlayer.getState();
  const entry = queue.entries[queue.at];
  if (entry) {
    jump(entry.key);
  }
}
