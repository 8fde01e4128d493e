import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Sleeve } from "../../ui/sleeve.tsx";
import { messageOf } from "../../ui/state.tsx";
import { CoverHint } from "./limits.tsx";
import { PickPicture } from "./pick.tsx";
import type { Album } from "./queries.ts";
import { AskSmallCover } from "./small-cover.tsx";
import { isPicture, offerCover, sendCover, useUploads } from "./uploads.ts";

/** The release's sleeve: a picture that is dropped on it or chosen takes its place. */
export function ReleaseCover({ album }: { album: Album }) {
  const { t } = useTranslation();
  const [sending, setSending] = useState<string>();
  const [isUnfit, setUnfit] = useState(false);
  const phase = useUploads(({ files }) => files.find(({ id }) => id === sending)?.phase);
  const isBusy = phase !== undefined && !["done", "failed", "cancelled"].includes(phase.is);
  const take = (file: File) => {
    setUnfit(!isPicture(file));
    setSending(undefined);
    if (isPicture(file)) {
      void offerCover(file, album.id).then(setSending);
    }
  };
  return (
    <div className="grid grid-cols-[7rem_1fr] items-center gap-4 @sm:max-w-56 @sm:grid-cols-1 @sm:content-start @sm:gap-3">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the button beside it does the same */}
      <div
        onDrop={(event) => {
          const [file, another] = event.dataTransfer.files;
          // Several files, or sound, are for the release.
          if (file && !another && isPicture(file)) {
            event.preventDefault();
            take(file);
          }
        }}
      >
        <Sleeve src={album.coverUrl} title={album.title} size={224} eager className="w-full" />
      </div>
      <div className="grid gap-2">
        <PickPicture onPicture={take} busy={isBusy}>
          {album.coverUrl ? t("studio.cover.replace") : t("studio.cover.add")}
        </PickPicture>
        {(isUnfit || phase?.is === "failed") && (
          <p role="alert" className="text-13 text-rust">
            {phase?.is === "failed" ? messageOf(t, phase.error) : t("error.code.unsupported_picture")}
          </p>
        )}
        <CoverHint />
      </div>
      <AskSmallCover release={album.id} onUse={(file) => setSending(sendCover(file, album.id))} />
    </div>
  );
}
