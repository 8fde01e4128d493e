import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { messageOf } from "../../ui/state.tsx";
import { Switch } from "../../ui/switch.tsx";
import { Dialog } from "./lazy-dialog.tsx";
import { type Album, refreshStudio, type Track } from "./queries.ts";

/** Takes a release away, alone or with its tracks, once that was confirmed. */
export function ReleaseRemove({ album, tracks }: { album: Album; tracks: readonly Track[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const [withTracks, setWithTracks] = useState(false);
  const remove = useMutation({
    mutationFn: async () => {
      if (withTracks) {
        for (const { id } of tracks) {
          await ask(server.api.DELETE("/api/v1/tracks/{id}", { params: { path: { id } } }));
        }
      }
      await ask(server.api.DELETE("/api/v1/albums/{id}", { params: { path: { id: album.id } } }));
    },
    onSuccess: async () => {
      await navigate({ to: "/studio" });
      refreshStudio();
    },
  });
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
        <p className="mb-4 text-soft">
          {withTracks ? t("studio.remove.both", { count: tracks.length }) : t("studio.remove.only")}
        </p>
        {tracks.length > 0 && (
          <Switch isSelected={withTracks} onChange={setWithTracks}>
            {t("studio.remove.with_tracks", { count: tracks.length })}
          </Switch>
        )}
        {remove.error && (
          <p role="alert" className="mt-3 text-13 text-rust">
            {messageOf(t, remove.error)}
          </p>
        )}
      </Dialog>
    </>
  );
}
