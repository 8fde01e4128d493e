import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Heading, Title } from "../../ui/screen.tsx";
import { Select } from "../../ui/select.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { Unknown } from "../account/unknown.tsx";
import type { Dropped } from "./arrange.ts";
import { Become } from "./become.tsx";
import { DropArea } from "./drop.tsx";
import { NewPage } from "./new-page.tsx";
import { Offers } from "./offers.tsx";
import { choosePage, type Page, usePages } from "./pages.ts";
import { Tray } from "./tray.tsx";
import { send } from "./uploads.ts";

/** The studio around its screens: for whom it is, and files that are dropped anywhere in it. */
export function StudioFrame() {
  const { t } = useTranslation();
  const me = useMe();
  const { pages, offers, page, error, retry } = usePages();
  if (me === null) {
    return (
      <Empty
        screen
        title={t("studio.anonymous.title")}
        action={
          <div className="flex flex-wrap gap-3">
            <LinkButton to="/login" search={{ next: "/studio" }} kind="primary">
              {t("nav.log_in")}
            </LinkButton>
            <LinkButton to="/join" search={{ next: "/studio" }}>
              {t("nav.join")}
            </LinkButton>
          </div>
        }
      >
        {t("studio.anonymous.text")}
      </Empty>
    );
  }
  if (error) {
    return <Failure screen error={error} retry={retry} />;
  }
  if (!me || !pages) {
    return (
      <Unknown screen>
        <Waiting />
      </Unknown>
    );
  }
  return (
    <>
      <Offers offers={offers} me={me} />
      {page ? <Studio pages={pages} page={page} /> : <Become me={me} />}
    </>
  );
}

function Studio({ pages, page }: { pages: readonly Page[]; page: Page }) {
  const { t } = useTranslation();
  const { release, track } = useParams({ strict: false });
  const take = useCallback(
    (files: Dropped[]) => send(files, { page: page.id, ...(release ? { release } : {}) }),
    [page.id, release],
  );
  return (
    <DropArea hint={release ? t("studio.drop.into_release") : t("studio.drop.into_page")} onFiles={take}>
      <Title>{t("nav.studio")}</Title>
      <header className="flex flex-wrap items-end justify-between gap-4">
        <nav aria-label={t("nav.studio")} className="ruled flex min-w-0 flex-1 gap-6">
          <Tab to="/studio" within={Boolean(release ?? track)}>
            {t("studio.nav.releases")}
          </Tab>
          <Tab to="/studio/earnings">{t("studio.nav.earnings")}</Tab>
          <Tab to="/studio/artist">{t("studio.nav.artist")}</Tab>
        </nav>
        <div className="flex min-w-0 items-center gap-1 max-sm:w-full">
          {pages.length > 1 ? (
            <Select
              label={t("studio.page")}
              labelHidden
              className="w-full sm:w-60"
              value={page.id}
              choices={pages.map(({ id, displayName }) => ({ value: id, label: displayName }))}
              onChange={choosePage}
            />
          ) : (
            <p className="one-line max-w-60 text-soft max-sm:flex-1" title={page.displayName}>
              {page.displayName}
            </p>
          )}
          <NewPage />
        </div>
      </header>
      <Tray />
      <Outlet />
    </DropArea>
  );
}

function Tab({
  to,
  within = false,
  children,
}: {
  to: "/studio" | "/studio/earnings" | "/studio/artist";
  /** What is shown belongs to it. */
  within?: boolean;
  children: string;
}) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: true, includeSearch: false }}
      className={cx(
        "-mb-px flex h-11 shrink-0 items-center border-b-2 hover:text-paper aria-[current=page]:border-paper aria-[current=page]:font-semibold aria-[current=page]:text-paper",
        within ? "border-paper font-semibold text-paper" : "border-transparent text-soft",
      )}
    >
      {children}
    </Link>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div role="status">
      <Heading className="sr-only">{t("nav.studio")}</Heading>
      <span className="sr-only">{t("state.loading")}</span>
      <Skeleton className="h-11 w-full" />
      <Skeleton className="mt-10 h-10 w-60" />
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} className="mt-3 h-16 w-full" />
      ))}
    </div>
  );
}
