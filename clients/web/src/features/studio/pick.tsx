import { FileTrigger } from "react-aria-components/FileTrigger";
import { useTranslation } from "react-i18next";
import { Button, type ButtonKind } from "../../ui/button.tsx";
import type { Dropped } from "./arrange.ts";

const ACCEPTED = [
  "audio/*",
  ".flac",
  ".opus",
  ".m4a",
  ".aac",
  ".ogg",
  "image/jpeg",
  "image/png",
  "image/webp",
];

interface PickProps {
  onFiles: (files: Dropped[]) => void;
  kind?: ButtonKind;
}

/** Opens the system's dialog for files. */
export function PickFiles({ onFiles, kind = "primary" }: PickProps) {
  const { t } = useTranslation();
  return (
    <FileTrigger
      allowsMultiple
      acceptedFileTypes={ACCEPTED}
      onSelect={(files) => onFiles([...(files ?? [])].map((file) => ({ file })))}
    >
      <Button kind={kind} icon="upload">
        {t("studio.drop.pick")}
      </Button>
    </FileTrigger>
  );
}

/** Opens the system's dialog for a folder, which becomes one release. */
export function PickFolder({ onFiles, kind = "quiet" }: PickProps) {
  const { t } = useTranslation();
  return (
    <FileTrigger
      acceptDirectory
      onSelect={(files) =>
        onFiles(
          [...(files ?? [])].map((file) => {
            const folder = file.webkitRelativePath.split("/").at(-2);
            return folder ? { file, folder } : { file };
          }),
        )
      }
    >
      <Button kind={kind}>{t("studio.drop.pick_folder")}</Button>
    </FileTrigger>
  );
}

/** A button that asks for one picture. */
export function PickPicture({
  onPicture,
  children,
  busy = false,
}: {
  onPicture: (file: File) => void;
  children: string;
  busy?: boolean;
}) {
  return (
    <FileTrigger
      acceptedFileTypes={["image/jpeg", "image/png", "image/webp"]}
      onSelect={(files) => {
        const file = files?.[0];
        if (file) {
          onPicture(file);
        }
      }}
    >
      <Button kind="quiet" busy={busy}>
        {children}
      </Button>
    </FileTrigger>
  );
}
