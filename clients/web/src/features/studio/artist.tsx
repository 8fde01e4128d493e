import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { useMe } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Heading, Section } from "../../ui/screen.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { messageOf } from "../../ui/state.tsx";
import { useAutosave } from "./autosave.ts";
import { CoverHint } from "./limits.tsx";
import { Managers } from "./managers.tsx";
import { type Page, usePages } from "./pages.ts";
import { Perks } from "./perks.tsx";
import { PickPicture } from "./pick.tsx";
import { SavedText, SaveLine } from "./saved-field.tsx";

/** The artist page as its managers change it. */
export function ArtistEditor() {
  const { page } = usePages();
  return page ? <Editor key={page.id} page={page} /> : null;
}

const refreshPages = () => queryClient.invalidateQueries({ queryKey: ["studio", "pages"] });

function Editor({ page }: { page: Page }) {
  const { t } = useTranslation();
  const me = useMe();
  const { id } = page;
  const load = () => ask(server.api.GET("/api/v1/artists/{id}", { params: { path: { id } } }));
  const change = async (body: { displayName?: string; bio?: string }) => {
    await ask(server.api.PATCH("/api/v1/artists/{id}", { params: { path: { id } }, body }));
    await refreshPages();
  };
  const name = useAutosave({
    field: `${id}/displayName`,
    value: page.displayName,
    check: (text) => (text.trim() === "" ? t("studio.save.no_name") : undefined),
    save: (text) => change({ displayName: text }),
    load: async () => (await load()).displayName,
  });
  const bio = useAutosave({
    field: `${id}/bio`,
    value: page.bio,
    save: (text) => change({ bio: text }),
    load: async () => (await load()).bio,
  });
  return (
    <article className="mt-8">
      <Heading className="sr-only">{t("studio.nav.artist")}</Heading>
      <div className="grid gap-8 @sm:grid-cols-[14rem_1fr]">
        <Picture page={page} />
        <div className="grid content-start gap-5">
          <SavedText
            auto={name}
            pointer="/displayName"
            label={t("studio.artist.name")}
            maxLength={100}
            className="[&_input]:h-14 [&_input]:text-22 [&_input]:font-semibold"
          />
          <SavedText auto={bio} pointer="/bio" label={t("studio.artist.bio")} lines={6} maxLength={5000} />
          <div className="flex flex-wrap items-center justify-between gap-4">
            <SaveLine />
            <Link to="/a/$artist" params={{ artist: id }} className="py-3 underline underline-offset-4">
              {t("studio.artist.look")}
            </Link>
          </div>
          {page.genres.length > 0 && (
            <p className="text-13 text-soft">
              {t("studio.artist.genres", { genres: page.genres.join(", ") })}
            </p>
          )}
        </div>
      </div>
      <Section title={t("studio.perks.heading")}>
        <Perks page={id} />
      </Section>
      <Section title={t("studio.managers.title")}>{me && <Managers page={id} me={me} />}</Section>
    </article>
  );
}

function Picture({ page }: { page: Page }) {
  const { t } = useTranslation();
  const send = useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file, file.name);
      return ask(
        server.api.PUT("/api/v1/artists/{id}/avatar", {
          params: { path: { id: page.id } },
          body: { file: file.name },
          bodySerializer: () => form,
        }),
      );
    },
    onSuccess: refreshPages,
  });
  return (
    <div className="grid grid-cols-[7rem_1fr] items-center gap-4 @sm:max-w-56 @sm:grid-cols-1 @sm:content-start @sm:gap-3">
      <Sleeve src={page.avatarUrl} title={page.displayName} size={224} eager className="w-full" />
      <div className="grid gap-2">
        <PickPicture busy={send.isPending} onPicture={(file) => send.mutate(file)}>
          {page.avatarUrl ? t("studio.picture.replace") : t("studio.picture.add")}
        </PickPicture>
        {send.error && (
          <p role="alert" className="text-13 text-rust">
            {messageOf(t, send.error)}
          </p>
        )}
        <CoverHint />
      </div>
    </div>
  );
}
