import { ApiError } from "@resonance/sdk";
import { isOver, pace, share, together, type UploadFile } from "@resonance/sdk/uploadstate";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../ui/button.tsx";
import { bytes, MOST_OF_A_PICTURE } from "../../ui/bytes.ts";
import { cx } from "../../ui/class.ts";
import { clock } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { messageOf } from "../../ui/state.tsx";
import { limitsQuery } from "./queries.ts";
import { cancel, dismiss, LeftOut, retry, useUploads } from "./uploads.ts";

/** Every file that is sent or was sent: how far it is, and what can be done about it. */
export function Tray() {
  const { t, i18n } = useTranslation();
  const heading = useId();
  const [open, setOpen] = useState(false);
  const files = useUploads((state) => state.files);
  const releases = useUploads((state) => state.releases);
  if (files.length === 0) {
    return null;
  }
  const over = files.filter(isOver);
  const again = files.filter(({ phase }) => phase.is === "failed" && phase.retryable);
  const done = files.filter(({ phase }) => phase.is === "done").length;
  const failed = files.filter(({ phase }) => phase.is === "failed").length;
  const { sent, size } = together(files);
  const isAllOver = over.length === files.length;
  // What went well needs no attention any more, and the room belongs to what is being edited.
  const shown = open ? files : files.filter(({ phase }) => phase.is !== "done");
  const made = [...new Set(files.flatMap(({ batch }) => (batch && releases[batch]) || []))];
  return (
    <section aria-labelledby={heading} className="mt-6">
      <div className="ruled flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1 pb-1">
        <h2 id={heading} className="text-18 font-semibold">
          {isAllOver ? t("studio.upload.over") : t("studio.upload.going_on")}
        </h2>
        <p className="figure text-13 text-soft">
          {t("studio.upload.sum", { done, all: files.length })}
          {!isAllOver && ` · ${bytes(sent, i18n.language)} / ${bytes(size, i18n.language)}`}
        </p>
        <div className="ms-auto flex flex-wrap items-center">
          {made.map((release) => (
            <Link
              key={release}
              to="/studio/releases/$release"
              params={{ release }}
              className="grid h-11 place-content-center px-3 font-medium underline underline-offset-4 aria-[current=page]:hidden"
            >
              {t("studio.upload.open_release")}
            </Link>
          ))}
          {again.length > 1 && (
            <Button kind="plain" onPress={() => again.forEach(({ id }) => void retry(id))}>
              {t("studio.upload.retry_all")}
            </Button>
          )}
          {done > 0 && (
            <Button kind="plain" aria-expanded={open} onPress={() => setOpen(!open)}>
              {t(open ? "studio.upload.hide" : "studio.upload.show")}
            </Button>
          )}
          {over.length > 0 && (
            <Button kind="plain" onPress={() => dismiss(over.map(({ id }) => id))}>
              {t("studio.upload.clear")}
            </Button>
          )}
        </div>
      </div>
      <p role="status" className="sr-only">
        {isAllOver ? t("studio.upload.all_over", { done, failed }) : ""}
      </p>
      {shown.length > 0 && (
        <ul aria-labelledby={heading} className="max-h-[23rem] overflow-y-auto -outline-offset-2">
          {shown.map((file) => (
            <Row key={file.id} file={file} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ file }: { file: UploadFile }) {
  const { t } = useTranslation();
  const { id, name, phase } = file;
  return (
    <li className="ruled grid grid-cols-[1.5rem_1fr_auto] items-center gap-x-3 py-1.5">
      <Mark file={file} />
      <div className="min-w-0">
        <p className="one-line" title={name}>
          {name}
        </p>
        <Told file={file} />
      </div>
      <div className="flex">
        {((phase.is === "failed" && phase.retryable) || phase.is === "cancelled") && (
          <Button kind="plain" onPress={() => retry(id)} aria-label={t("studio.upload.retry_one", { name })}>
            {t("action.retry")}
          </Button>
        )}
        {isOver(file) ? (
          <IconButton
            icon="close"
            label={t("studio.upload.dismiss", { name })}
            onPress={() => dismiss([id])}
          />
        ) : (
          <IconButton icon="close" label={t("studio.upload.cancel", { name })} onPress={() => cancel(id)} />
        )}
      </div>
    </li>
  );
}

function Mark({ file: { phase } }: { file: UploadFile }) {
  const icon =
    phase.is === "done"
      ? "check"
      : phase.is === "failed"
        ? "alert"
        : phase.is === "waiting"
          ? "clock"
          : "upload";
  return (
    <span className={cx(phase.is === "failed" ? "text-rust" : "text-soft")}>
      <Icon name={icon} />
    </span>
  );
}

function Told({ file }: { file: UploadFile }) {
  const { t, i18n } = useTranslation();
  const { phase, size, name, batch } = file;
  const { data: limits } = useQuery(limitsQuery);
  if (phase.is === "failed") {
    const isTooLarge = phase.error instanceof ApiError && phase.error.code === "payload_too_large";
    const most = batch ? limits?.maxBytes : MOST_OF_A_PICTURE;
    return (
      <p className="text-13 text-rust">
        {isTooLarge && most
          ? t("studio.upload.too_large", {
              size: bytes(size, i18n.language),
              most: bytes(most, i18n.language),
            })
          : phase.error instanceof LeftOut
            ? t("studio.upload.left_out")
            : messageOf(t, phase.error)}
      </p>
    );
  }
  if (phase.is === "sending") {
    const now = pace(file);
    return (
      <div className="flex flex-wrap items-center gap-x-3">
        <progress
          value={share(file)}
          max={1}
          aria-label={t("studio.upload.progress", { name })}
          className="h-1 w-full max-w-72 appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-paper [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-paper"
        />
        <span className="figure text-12 text-soft">
          {bytes(phase.sent, i18n.language)} / {bytes(size, i18n.language)}
          {now &&
            ` · ${t("studio.upload.pace", { speed: bytes(now.bytesPerSecond, i18n.language), left: clock(now.secondsLeft * 1000) })}`}
        </span>
      </div>
    );
  }
  const words = {
    waiting: t("studio.upload.waiting"),
    checking: t("studio.upload.checking"),
    done: t("studio.upload.done"),
    cancelled: t("studio.upload.cancelled"),
  }[phase.is];
  return (
    <p className="text-13 text-soft">
      {words} <span className="figure text-12 text-faint">{bytes(size, i18n.language)}</span>
    </p>
  );
}
