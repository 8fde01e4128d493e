import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { type Me, meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { bytes, MOST_OF_A_PICTURE } from "../../ui/bytes.ts";
import { Sleeve } from "../../ui/sleeve.tsx";
import { messageOf } from "../../ui/state.tsx";

const SIDE = 192;

/** The account's picture: chosen, looked at, and only then sent. */
export function Avatar({ me }: { me: Me }) {
  const { t, i18n } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<File>();
  const [unreadable, setUnreadable] = useState(false);
  const { mutate, error, isPending, reset } = useMutation({
    mutationFn: (file: File | undefined) => {
      if (!file) {
        return ask(server.api.DELETE("/api/v1/me/avatar"));
      }
      const form = new FormData();
      form.set("file", file);
      // The document calls a file a string; what is sent is the form.
      return ask(
        server.api.PUT("/api/v1/me/avatar", { body: { file: file.name }, bodySerializer: () => form }),
      );
    },
    onSuccess: (user) => {
      setChosen(undefined);
      queryClient.setQueryData(meQuery.queryKey, (before) => before && { ...before, profile: user.profile });
    },
  });
  const { avatarUrl } = me.profile;
  const wrong = unreadable ? t("error.code.unsupported_picture") : error ? messageOf(t, error) : undefined;

  return (
    <div className="grid content-start justify-items-start gap-3">
      <h3 className="text-13 font-medium text-soft">{t("account.picture")}</h3>
      {chosen ? (
        <Preview file={chosen} onFail={() => setUnreadable(true)} />
      ) : (
        <Sleeve src={avatarUrl} title={me.username ?? me.userId} size={SIDE} className="w-48" />
      )}
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        aria-label={t("account.picture")}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = "";
          if (file) {
            reset();
            setUnreadable(false);
            setChosen(file);
          }
        }}
      />
      <div className="flex flex-wrap gap-2">
        {chosen ? (
          <>
            <Button kind="primary" busy={isPending} isDisabled={unreadable} onPress={() => mutate(chosen)}>
              {t("account.use_picture")}
            </Button>
            <Button
              kind="plain"
              onPress={() => {
                setChosen(undefined);
                setUnreadable(false);
                reset();
              }}
            >
              {t("action.cancel")}
            </Button>
          </>
        ) : (
          <>
            <Button icon="upload" onPress={() => input.current?.click()}>
              {t("account.choose_picture")}
            </Button>
            {avatarUrl && (
              <Button kind="plain" icon="trash" busy={isPending} onPress={() => mutate(undefined)}>
                {t("account.remove_picture")}
              </Button>
            )}
          </>
        )}
      </div>
      <p role="status" className="text-13 text-rust empty:hidden">
        {wrong}
      </p>
      <p className="text-13 text-faint">
        {t("account.picture_hint", { size: bytes(MOST_OF_A_PICTURE, i18n.language) })}
      </p>
    </div>
  );
}

/** The middle square of a picture, as the server will keep it. Drawn, since our pages load no picture of elsewhere. */
function Preview({ file, onFail }: { file: File; onFail: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const fail = useRef(onFail);
  useEffect(() => {
    let gone = false;
    createImageBitmap(file).then(
      (picture) => {
        const side = Math.min(picture.width, picture.height);
        if (!gone) {
          canvas.current
            ?.getContext("2d")
            ?.drawImage(
              picture,
              (picture.width - side) / 2,
              (picture.height - side) / 2,
              side,
              side,
              0,
              0,
              SIDE * 2,
              SIDE * 2,
            );
        }
        picture.close();
      },
      () => !gone && fail.current(),
    );
    return () => {
      gone = true;
    };
  }, [file]);
  return (
    <canvas ref={canvas} width={SIDE * 2} height={SIDE * 2} className="size-48 rounded-sleeve bg-rise" />
  );
}
