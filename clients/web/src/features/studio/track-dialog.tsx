import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { useClosing } from "./ask-unsent.tsx";
import { trackQuery } from "./queries.ts";
import { SaveLine } from "./saved-field.tsx";
import { TrackEditor } from "./track-editor.tsx";

/** The details of a track of a release, over the release. */
export default function TrackDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(trackQuery(id));
  const { close, question } = useClosing(id, onClose);
  return (
    <Dialog
      title={data?.title ?? t("studio.tracks.details")}
      isOpen
      sheet
      onClose={close}
      wide
      actions={
        <div className="flex w-full items-center justify-between gap-4">
          <SaveLine />
          <Button kind="primary" onPress={close}>
            {t("studio.save.ready")}
          </Button>
        </div>
      }
    >
      {error && !data ? (
        <Failure error={error} retry={() => refetch()} />
      ) : data ? (
        <TrackEditor track={data} />
      ) : (
        <Skeleton className="h-96 w-full" />
      )}
      {question}
    </Dialog>
  );
}
