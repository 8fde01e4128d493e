import { useTranslation } from "react-i18next";
import type { Me } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Managers } from "../studio/managers.tsx";
import { choosePage } from "../studio/pages.ts";

interface ManageSheetProps {
  artist: { id: string; displayName: string };
  me: Me;
  /** Whether the account manages it by now. */
  isMine: boolean;
  onClose: () => void;
}

/** Who manages an artist page, for an admin who does not. */
export function ManageSheet({ artist, me, isMine, onClose }: ManageSheetProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      wide
      title={t("studio.managers.title_of", { name: artist.displayName })}
      isOpen
      onClose={onClose}
      actions={
        isMine && (
          <LinkButton to="/studio" kind="primary" onClick={() => choosePage(artist.id)}>
            {t("listen.to_studio")}
          </LinkButton>
        )
      }
    >
      <Managers page={artist.id} me={me} />
    </Dialog>
  );
}
