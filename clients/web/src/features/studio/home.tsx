import { ask } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { Clock, Rate } from "../../ui/figures.tsx";
import { Heading, Section } from "../../ui/screen.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { Limits } from "./limits.tsx";
import { usePages } from "./pages.ts";
import { PickFiles, PickFolder } from "./pick.tsx";
import { type Album, looseQuery, refreshStudio, releasesQuery, type Track } from "./queries.ts";
import { send } from "./uploads.ts";
import { Seen } from "./visibility.tsx";

/** What a page has released and what lies ready. */
export function StudioHome() {
  const { page } = usePages();
  return page ? <Releases page={page.id} /> : null;
}

function Releases({ page }: { page: string }) {
  const { t } = useTranslation();
  const releases = useQuery(releasesQuery(page));
  const loose = useQuery(looseQuery(page));
  const take = (files: Parameters<typeof send>[0]) => send(files, { page });
  const error = releases.error ?? loose.error;
  if (error && !(releases.data && loose.data)) {
    return <Failure screen error={error} retry={() => Promise.all([releases.refetch(), loose.refetch()])} />;
  }
  const isEmpty = releases.data?.length === 0 && loose.data?.length === 0;
  return (
    <>
      <div className="mt-8 flex flex-wrap items-center gap-3">
        <Heading className="display me-auto text-32 max-sm:w-full">{t("studio.nav.releases")}</Heading>
        {!isEmpty && <PickFiles onFiles={take} />}
        <NewRelease page={page} />
      </div>
      <p className="mt-3 text-13 text-faint">{t("studio.drop.anywhere")}</p>
      <Limits />
      {isEmpty && (
        <Empty
          title={t("studio.empty.title")}
          action={
            <div className="flex flex-wrap gap-3">
              <PickFiles onFiles={take} />
              <PickFolder onFiles={take} />
            </div>
          }
        >
          {t("studio.empty.text")}
        </Empty>
      )}
      <ul className="mt-5 border-t border-line">
        {releases.data?.map((album) => (
          <ReleaseRow key={album.id} album={album} />
        ))}
        {!releases.data && [0, 1, 2].map((row) => <SkeletonRow key={row} />)}
      </ul>
      {loose.data && loose.data.length > 0 && (
        <Section title={t("studio.loose")}>
          <ul className="border-t border-line">
            {loose.data.map((track) => (
              <LooseRow key={track.id} track={track} />
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function NewRelease({ page }: { page: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const make = useMutation({
    mutationFn: () =>
      ask(
        server.api.POST("/api/v1/albums", {
          body: { title: t("studio.release.untitled"), artistId: page },
        }),
      ),
    onSuccess: async ({ id }) => {
      refreshStudio();
      await navigate({ to: "/studio/releases/$release", params: { release: id } });
    },
    onError: (error) => toast(messageOf(t, error)),
  });
  return (
    <Button icon="add" busy={make.isPending} onPress={() => make.mutate()}>
      {t("studio.release.new")}
    </Button>
  );
}

function ReleaseRow({ album }: { album: Album }) {
  const { t } = useTranslation();
  return (
    <li className="ruled">
      <Link
        to="/studio/releases/$release"
        params={{ release: album.id }}
        className="grid grid-cols-[auto_1fr_auto] items-center gap-4 py-2 hover:bg-bed sm:grid-cols-[auto_1fr_8rem_7rem_5rem]"
      >
        <Sleeve src={album.coverUrl} title={album.title} size={56} className="w-14" />
        <span className="min-w-0">
          <span className="one-line block font-medium">{album.title}</span>
          <span className="one-line block text-13 text-soft">
            {t(`kind.${album.kind}`)} · {t("count.tracks", { count: album.trackCount })}
          </span>
        </span>
        <Seen visibility={album.visibility} />
        <span className="figure hidden text-13 text-soft sm:block">{album.releaseDate ?? "–"}</span>
        <Clock ms={album.durationMs} className="hidden text-end text-13 text-soft sm:block" />
      </Link>
    </li>
  );
}

function LooseRow({ track }: { track: Track }) {
  return (
    <li className="ruled">
      <Link
        to="/studio/tracks/$track"
        params={{ track: track.id }}
        className="grid grid-cols-[auto_1fr_auto] items-center gap-4 py-2 hover:bg-bed sm:grid-cols-[auto_1fr_8rem_7rem_5rem]"
      >
        <Sleeve src={track.coverUrl} title={track.title} size={44} className="w-11" />
        <span className="one-line">{track.title}</span>
        <Seen visibility={track.visibility} />
        <Rate price={track.pricePerSecond} className="hidden text-13 sm:block" />
        <Clock ms={track.durationMs} className="hidden text-end text-13 text-soft sm:block" />
      </Link>
    </li>
  );
}

function SkeletonRow() {
  return (
    <li className="ruled grid grid-cols-[auto_1fr] items-center gap-4 py-2">
      <Skeleton className="size-14" />
      <Skeleton className="h-5 w-1/2" />
    </li>
  );
}
