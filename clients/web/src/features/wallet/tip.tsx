import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { openTexts } from "../../app/i18n.ts";
import { useMe } from "../../app/me.ts";
import { Button } from "../../ui/button.tsx";

const Sheet = lazy(async () => {
  const [{ TipSheet }] = await Promise.all([import("./tip-sheet.tsx"), openTexts("wallet")]);
  return { default: TipSheet };
});

/** Gives an artist something, for who is logged in; a page that is nobody's has nobody to give it to. */
export function Tip({ artist }: { artist: { id: string; displayName: string; managed: boolean } }) {
  const { t } = useTranslation();
  const me = useMe();
  const [isOpen, setOpen] = useState(false);
  if (!me || !artist.managed) {
    return null;
  }
  return (
    <>
      <Button kind="plain" icon="wallet" onPress={() => setOpen(true)}>
        {t("listen.tip")}
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <Sheet artist={artist} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
