import { type ReactNode, useEffect, useState } from "react";
import { DropZone } from "react-aria-components/DropZone";
import type { DirectoryDropItem, FileDropItem } from "react-aria-components/useDragAndDrop";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { Icon } from "../../ui/icons.tsx";
import type { Dropped } from "./arrange.ts";

/** What the rows of a list carry when they are dragged: it is not for the studio to take. */
export const ROW = "x-resonance-row";

/**
 * Takes files that are dropped anywhere over `children`, or pasted while no field is typed in.
 * `hint` says what becomes of them.
 */
export function DropArea({
  hint,
  onFiles,
  children,
}: {
  hint: string;
  onFiles: (files: Dropped[]) => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) {
        event.preventDefault();
        onFiles(files.map((file) => ({ file })));
      }
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [onFiles]);
  return (
    <DropZone
      aria-label={t("studio.drop.label")}
      // A browser that does not say what is dragged answers yes to whatever it is asked.
      getDropOperation={(types) => (types.has(ROW) && !types.has("x-resonance-nothing") ? "cancel" : "copy")}
      onDropEnter={() => setOver(true)}
      onDropExit={() => setOver(false)}
      onDrop={({ items }) => {
        setOver(false);
        void collect(items).then(onFiles);
      }}
      className="relative min-h-[70dvh]"
    >
      {children}
      {over && (
        <div
          className={cx(
            "pointer-events-none fixed inset-0 z-40 grid place-content-center justify-items-center gap-3",
            "bg-lacquer/85 p-8 text-center outline-2 -outline-offset-12 outline-paper outline-dashed",
          )}
        >
          <Icon name="upload" size={40} />
          <p className="text-22 font-semibold">{t("studio.drop.here")}</p>
          <p className="max-w-[46ch] text-soft">{hint}</p>
        </div>
      )}
    </DropZone>
  );
}

type Item = FileDropItem | DirectoryDropItem | { kind: "text" };

async function collect(items: readonly Item[]): Promise<Dropped[]> {
  const found: Dropped[] = [];
  for (const item of items) {
    if (item.kind === "file") {
      found.push({ file: await item.getFile() });
    } else if (item.kind === "directory") {
      found.push(...(await within(item)));
    }
  }
  return found;
}

/** The files of a folder and of the folders in it, each with the folder it lies in. */
async function within(folder: DirectoryDropItem): Promise<Dropped[]> {
  const found: Dropped[] = [];
  for await (const entry of folder.getEntries()) {
    if (entry.kind === "file") {
      found.push({ file: await entry.getFile(), folder: folder.name });
    } else {
      found.push(...(await within(entry)));
    }
  }
  return found;
}
