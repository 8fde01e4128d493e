import { ApiError, ask } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button, LinkButton } from "../../ui/button.tsx";
import { Clock } from "../../ui/figures.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { Select } from "../../ui/select.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { CutOff } from "./cut-off.tsx";
import { Dialog } from "./lazy-dialog.tsx";
import { PickPicture } from "./pick.tsx";
import { changeTrack, refreshStudio, releasesQuery, type TrackDetail, trackQuery } from "./queries.ts";
import { SaveLine } from "./saved-field.tsx";
import { TrackEditor } from "./track-editor.tsx";

/** A track that is on no release. */
export function LooseTrack({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: track, error, refetch } = useQuery(trackQuery(id));
  if (error instanceof ApiError && error.status === 404) {
    return (
      <Empty
        screen
        title={t("studio.tracks.gone")}
        action={<LinkButton to="/studio">{t("studio.nav.releases")}</LinkButton>}
      />
    );
  }
  if (error && !track) {
    return <Failure screen error={error} retry={() => refetch()} />;
  }
  if (!track) {
    return <Skeleton className="mt-8 h-96 w-full" />;
  }
  return (
    <article className="mt-8">
      <Title>{track.title}</Title>
      <div className="grid gap-8 @sm:grid-cols-[14rem_1fr]">
        <div className="grid grid-cols-[7rem_1fr] items-center gap-4 @sm:max-w-56 @sm:grid-cols-1 @sm:content-start @sm:gap-3">
          <Sleeve src={track.coverUrl} title={track.title} size={224} eager className="w-full" />
          <TrackCover track={track} />
        </div>
        <div className="min-w-0">
          <Heading className="display text-32 [overflow-wrap:anywhere]">{track.title}</Heading>
          <p className="mt-2 mb-6 text-soft">
            <Clock ms={track.durationMs} />
          </p>
          <CutOff track={track} className="mb-6" />
          <TrackEditor track={track} />
          <Onto track={track} />
        </div>
      </div>
      <footer className="mt-12 flex flex-wrap items-center justify-between gap-4">
        <SaveLine />
        <Remove track={track} />
      </footer>
    </article>
  );
}

function TrackCover({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const send = useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file, file.name);
      return ask(
        server.api.PUT("/api/v1/tracks/{id}/cover", {
          params: { path: { id: track.id } },
          body: { file: file.name },
          bodySerializer: () => form,
        }),
      );
    },
    onSuccess: refreshStudio,
    onError: (error) => toast(messageOf(t, error)),
  });
  return (
    <PickPicture busy={send.isPending} onPicture={(file) => send.mutate(file)}>
      {track.coverUrl ? t("studio.cover.replace") : t("studio.cover.add")}
    </PickPicture>
  );
}

/** Puts it on a release. */
function Onto({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const releases = useQuery(releasesQuery(track.artist.id));
  const put = useMutation({
    mutationFn: (albumId: string) => changeTrack(track.id, { albumId }),
    onSuccess: async (_, release) => {
      refreshStudio();
      await navigate({ to: "/studio/releases/$release", params: { release } });
    },
    onError: (error) => toast(messageOf(t, error)),
  });
  if (!releases.data?.length || track.album) {
    return null;
  }
  return (
    <Select
      className="mt-8 max-w-[28rem]"
      label={t("studio.tracks.put_on")}
      value=""
      choices={[
        { value: "", label: t("studio.tracks.on_none") },
        ...releases.data.map(({ id, title }) => ({ value: id, label: title })),
      ]}
      onChange={(release) => release && put.mutate(release)}
    />
  );
}

function Remove({ track }: { track: TrackDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const remove = useMutation({
    mutationFn: () => ask(server.api.DELETE("/api/v1/tracks/{id}", { params: { path: { id: track.id } } })),
    onSuccess: async () => {
      await navigate({ to: "/studio" });
      refreshStudio();
    },
  });
  return (
    <>
      <Button kind="danger" icon="trash" onPress={() => setAsked(true)}>
        {t("studio.remove.track")}
      </Button>
      <Dialog
        alert
        title={t("studio.remove.sure", { title: track.title })}
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
        <p className="text-soft">{t("studio.remove.track_text")}</p>
        {remove.error && (
          <p role="alert" className="mt-3 text-13 text-rust">
            {messageOf(t, remove.error)}
          </p>
        )}
      </Dialog>
    </>
  );
}
