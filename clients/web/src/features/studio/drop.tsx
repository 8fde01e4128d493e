import { type DragEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { Icon } from "../../ui/icons.tsx";
import type { Dropped } from "./arrange.ts";
import { collect, hasFiles } from "./dropped.ts";

/**
 * Takes files that are dropped anywhere over `children`, or pasted. Who does not drag has the buttons that choose
 * files. `hint` says what becomes of them.
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
  // Each child that is entered tells of it, so entries and leaves are counted.
  const depth = useRef(0);
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
  const enter = (event: DragEvent, by: number) => {
    if (hasFiles(event.dataTransfer)) {
      depth.current = Math.max(0, depth.current + by);
      setOver(depth.current > 0);
    }
  };
  return (
    <section
      aria-label={t("nav.studio")}
      onDragEnter={(event) => enter(event, 1)}
      onDragLeave={(event) => enter(event, -1)}
      onDragOver={(event) => {
        // Without this the browser opens the file in the place of the page.
        if (hasFiles(event.dataTransfer)) {
          event.preventDefault();
          event.dataTransfer.dropEffect = "copy";
        }
      }}
      onDrop={(event) => {
        if (hasFiles(event.dataTransfer)) {
          depth.current = 0;
          setOver(false);
          // One that a part of the screen took, as the cover does, is not taken twice.
          if (!event.defaultPrevented) {
            event.preventDefault();
            void collect(event.dataTransfer).then(onFiles);
          }
        }
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
    </section>
  );
}
