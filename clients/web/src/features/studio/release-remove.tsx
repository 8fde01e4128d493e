import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { RadioGroup } from "../../ui/radio-group.tsx";
import { messageOf } from "../../ui/state.tsx";
import { Dialog } from "./lazy-dialog.tsx";
import { type Album, changeTrack, refreshStudio, type Track } from "./queries.ts";
import { leftOpen } from "./withdraw.ts";

/** What becomes of the tracks of a release that goes. */
type Fate = "private" | "delete" | "stay";

/** Takes a release away, alone or with its tracks, once that was confirmed. */
export function ReleaseRemove({ album, tracks }: { album: Album; tracks: readonly Track[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const [chosen, setChosen] = useState<Fate>();
  const seen = leftOpen(tracks, "private");
  const isPublic = seen.filter(({ visibility }) => visibility === "public").length;
  // Who deletes a release does not expect that others go on hearing it.
  const fate = chosen ?? (seen.length > 0 ? "private" : "stay");
  const remove = useMutation({
    mutationFn: async () => {
      if (fate === "delete") {
        for (const { id } of tracks) {
          await ask(server.api.DELETE("/api/v1/tracks/{id}", { params: { path: { id } } }));
        }
      } else if (fate === "private") {
        for (const { id } of seen) {
          await changeTrack(id, { visibility: "private" });
        }
      }
      await ask(server.api.DELETE("/api/v1/albums/{id}", { params: { path: { id: album.id } } }));
    },
    onSuccess: async () => {
      await navigate({ to: "/studio" });
      refreshStudio();
    },
    // The next try is about what is left.
    onError: refreshStudio,
  });
  const fates: Fate[] = seen.length > 0 ? ["private", "delete", "stay"] : ["stay", "delete"];
  return (
    <>
      <Button kind="danger" icon="trash" onPress={() => setAsked(true)}>
        {t("studio.remove.release")}
      </Button>
      <Dialog
        alert
        title={t("studio.remove.sure", { title: album.title })}
        isOpen={asked}
        onClose={() => setAsked(false)}
        actions={
          <>
            <Button onPress={() => setAsked(false)}>{t("action.cancel")}</Button>
            <Button kind="danger" busy={remove.isPending} onPress={() => remove.mutate()}>
              {t("action.delete")}
            </Button>
          </>
        }
      >
        {tracks.length > 0 && (
          <RadioGroup
            label={t("studio.remove.tracks", { count: tracks.length })}
            choices={fates.map((value) => ({ value, label: t(`studio.remove.fate_${value}`) }))}
            value={fate}
            onChange={setChosen}
            className="mb-4"
          />
        )}
        <p className={fate === "stay" && seen.length > 0 ? "text-rust" : "text-soft"}>
          {tracks.length === 0
            ? t("studio.remove.only")
            : fate === "delete"
              ? t("studio.remove.both", { count: tracks.length })
              : fate === "private" || seen.length === 0
                ? t("studio.remove.private", { count: tracks.length })
                : isPublic > 0
                  ? t("studio.remove.stay_public", { count: isPublic })
                  : t("studio.remove.stay_seen", { count: seen.length })}
        </p>
        {remove.error && (
          <p role="alert" className="mt-3 text-13 text-rust">
            {messageOf(t, remove.error)}
          </p>
        )}
      </Dialog>
    </>
  );
}
