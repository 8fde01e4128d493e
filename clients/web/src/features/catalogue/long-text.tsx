import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { linked } from "./links.ts";

/** From so many characters on, only the beginning is shown until somebody wants the rest. */
const LONG = 600;

/** Prose of an artist's, with its paragraphs as they were written. */
export function LongText({ children }: { children: string }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(children.length <= LONG);
  const shown = whole ? children : `${children.slice(0, LONG).replace(/\s+\S*$/, "")} …`;
  return (
    <div className="max-w-[66ch]">
      <p className="whitespace-pre-line [overflow-wrap:anywhere]">
        {linked(shown).map(({ text, href }, at) =>
          href ? (
            <a
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have nothing but their place
              key={at}
              href={href}
              target="_blank"
              rel="nofollow ugc noopener noreferrer"
              className="underline decoration-line underline-offset-4 hover:text-paper"
            >
              {text}
            </a>
          ) : (
            text
          ),
        )}
      </p>
      {!whole && (
        <Button kind="plain" className="-ms-3 mt-1" onPress={() => setWhole(true)}>
          {t("action.show_more")}
        </Button>
      )}
    </div>
  );
}
