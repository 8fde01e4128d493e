import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { Button, LinkButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { Unknown } from "../account/unknown.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { ago } from "../settings/ago.ts";
import { markRead, type Notification, notificationsQuery } from "./queries.ts";
import { isLost, playOf, wordsOf } from "./words.ts";

const ICONS: Record<Notification["type"], IconName> = {
  upload_processed: "check",
  upload_cut_off: "alert",
  upload_failed: "alert",
  import_finished: "check",
  import_failed: "alert",
  new_follower: "artist",
  new_release: "album",
  dispute_opened: "alert",
  dispute_resolved: "check",
  tip_received: "heart",
  manager_invited: "artist",
  manager_added: "artist",
};

/** What the account was told, the newest first. */
export function Notifications() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <>
      <Title>{t("nav.notifications")}</Title>
      {me === null ? (
        <>
          <Heading className="display text-32">{t("nav.notifications")}</Heading>
          <Empty
            title={t("notifications.log_in")}
            action={
              <LinkButton to="/login" search={{ next: "/notifications" }} kind="primary">
                {t("nav.log_in")}
              </LinkButton>
            }
          />
        </>
      ) : (
        <List isKnown={me !== undefined} />
      )}
    </>
  );
}

function List({ isKnown }: { isKnown: boolean }) {
  const { t } = useTranslation();
  const { items, error, retry, more } = useEndless(
    useInfiniteQuery({ ...notificationsQuery, enabled: isKnown }),
  );
  const readAll = useMutation({
    mutationFn: () => markRead({ all: true }),
    onError: (wrong) => toast(messageOf(t, wrong)),
  });
  return (
    <div className="max-w-[48rem]">
      <div className="mb-4 flex min-h-11 flex-wrap items-center justify-between gap-3">
        <Heading className="display text-32">{t("nav.notifications")}</Heading>
        {items?.some(({ status }) => status === "unread") && (
          <Button icon="check" busy={readAll.isPending} onPress={() => readAll.mutate()}>
            {t("notifications.read_all")}
          </Button>
        )}
      </div>
      {error ? (
        <Failure error={error} retry={retry} />
      ) : !isKnown ? (
        <Unknown>
          <Waiting />
        </Unknown>
      ) : items?.length === 0 ? (
        <Empty title={t("notifications.none")}>{t("notifications.none_text")}</Empty>
      ) : items ? (
        <ul className="border-t border-line">
          {items.map((each) => (
            <Row key={each.id} notification={each} />
          ))}
        </ul>
      ) : (
        <Waiting />
      )}
      {more.has && (
        <Button className="mt-5" busy={more.loading} onPress={more.load}>
          {t("action.show_more")}
        </Button>
      )}
    </div>
  );
}

function Waiting() {
  return [0, 1, 2, 3].map((row) => (
    <div key={row} className="ruled py-3">
      <Skeleton className="h-10 w-full" />
    </div>
  ));
}

function Row({ notification }: { notification: Notification }) {
  const { t, i18n } = useTranslation();
  const { history } = useRouter();
  const { id, type, link, status, createdAt } = notification;
  const isUnread = status === "unread";
  const play = playOf(t, i18n.language, notification);
  const isBad = type === "upload_failed" || type === "upload_cut_off" || type === "import_failed";
  // Only ever to a place of this app.
  const href = link.startsWith("/") && !link.startsWith("//") ? link : "/notifications";
  const open = (event: MouseEvent) => {
    if (isUnread) {
      markRead({ ids: [id] }).catch((wrong: unknown) => toast(messageOf(t, wrong)));
    }
    if (!(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      history.push(href);
    }
  };
  return (
    <li className="ruled">
      <a
        href={href}
        onClick={open}
        className="grid min-h-14 grid-cols-[auto_1fr_auto] items-center gap-x-4 py-2.5 -outline-offset-2 hover:bg-bed"
      >
        <span className={cx("relative grid size-8 place-items-center", isBad ? "text-rust" : "text-soft")}>
          <Icon name={isLost(notification) ? "info" : (ICONS[type] ?? "info")} />
          {isUnread && <span className="absolute end-0 top-0 size-2 rounded-full bg-paper" />}
        </span>
        <span className={cx("min-w-0 [overflow-wrap:anywhere]", isUnread ? "font-semibold" : "text-soft")}>
          {wordsOf(t, notification)}
          {play && <span className="block text-13 font-normal text-soft">{play}</span>}
          {isUnread && <span className="sr-only"> ({t("notifications.unread")})</span>}
        </span>
        <time dateTime={createdAt} className="text-end text-13 whitespace-nowrap text-soft">
          {ago(createdAt, Date.now(), i18n.language)}
        </time>
      </a>
    </li>
  );
}
