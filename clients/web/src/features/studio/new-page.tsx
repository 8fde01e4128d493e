import { ApiError, ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { messageOf } from "../../ui/state.tsx";
import { Dialog } from "./lazy-dialog.tsx";
import { keepPage } from "./pages.ts";

/** Makes another artist page, which the studio is for from then on; how many there may be is the server's to say. */
export function NewPage() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const make = useMutation({
    mutationFn: () => ask(server.api.POST("/api/v1/artists", { body: { displayName: name } })),
    onSuccess: async ({ id }) => {
      keepPage(id);
      close();
      // What was open belongs to another page.
      await navigate({ to: "/studio" });
    },
  });
  function close() {
    setOpen(false);
    setName("");
    make.reset();
  }
  const wrong = make.error instanceof ApiError ? make.error.field("/displayName") : undefined;
  return (
    <>
      <IconButton icon="add" label={t("studio.new_page.title")} onPress={() => setOpen(true)} />
      <Dialog title={t("studio.new_page.title")} isOpen={open} onClose={close}>
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <TextField
            label={t("studio.artist.name")}
            hint={t("studio.new_page.hint")}
            value={name}
            onChange={setName}
            maxLength={100}
            autoFocus
            error={wrong?.detail ?? (make.error ? messageOf(t, make.error) : undefined)}
          />
          <Button type="submit" kind="primary" className="justify-self-start" busy={make.isPending}>
            {t("studio.become.make")}
          </Button>
        </form>
      </Dialog>
    </>
  );
}
