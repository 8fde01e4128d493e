import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { openTexts } from "../../app/i18n.ts";
import { useMe } from "../../app/me.ts";
import { Button, LinkButton } from "../../ui/button.tsx";
import { choosePage, useOwns } from "../studio/pages.ts";

const Sheet = lazy(async () => {
  const [{ ManageSheet }] = await Promise.all([import("./manage-sheet.tsx"), openTexts("studio")]);
  return { default: ManageSheet };
});

/** The way to the studio for who manages the page, and for an admin to say who does: what was imported is nobody's. */
export function Manage({ artist }: { artist: { id: string; displayName: string } }) {
  const { t } = useTranslation();
  const me = useMe();
  const isMine = useOwns(artist.id);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      {isMine ? (
        <LinkButton to="/studio/artist" kind="plain" icon="edit" onClick={() => choosePage(artist.id)}>
          {t("listen.edit")}
        </LinkButton>
      ) : (
        me?.role === "admin" && (
          <Button kind="plain" icon="users" onPress={() => setOpen(true)}>
            {t("listen.managers")}
          </Button>
        )
      )}
      {isOpen && me && (
        <Suspense fallback={null}>
          <Sheet artist={artist} me={me} isMine={isMine} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
