import { Link, type LinkProps } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useNext } from "../features/account/use-next.ts";
import { useUnread } from "../features/notifications/unread.ts";
import { PaletteGate } from "../features/palette/gate.tsx";
import { useOwn } from "../features/wallet/balance.ts";
import { PlayerBar } from "../player/bar.tsx";
import { useQueuePanel } from "../player/queue-panel.ts";
import { cx } from "../ui/class.ts";
import { Figure } from "../ui/figures.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { inFigures } from "../ui/money.ts";
import { Toasts } from "../ui/toast.tsx";
import { OfflineLine, useOnline } from "./lines.tsx";
import { useMe } from "./me.ts";

// A newer version is looked for once the page is there.
const UpdateLine = lazy(() => import("./update-line.tsx"));

/** The frame around every screen: the fixed tabs, the screen itself, the player. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const unread = useUnread();
  const queue = useQueuePanel((panel) => panel.open);
  return (
    <div className="grid h-dvh grid-rows-[1fr_auto_auto] print:block print:h-auto md:grid-cols-[var(--size-nav)_1fr] md:grid-rows-[minmax(0,1fr)_auto] low:grid-cols-[auto_minmax(0,1fr)] low:grid-rows-[minmax(0,1fr)_auto] low:pe-[env(safe-area-inset-right)]">
      <a
        href="#content"
        className="absolute start-4 top-2 z-50 -translate-y-20 rounded-full bg-paper px-4 py-2 text-lacquer focus:translate-y-0"
      >
        {t("nav.skip")}
      </a>
      <SideNav unread={unread} />
      <main
        id="content"
        data-scroll-restoration-id="content"
        tabIndex={-1}
        className={cx(
          "@container relative overflow-y-auto outline-none print:overflow-visible low:col-start-2 low:row-start-1",
          // Where there is room for both, the queue covers nothing of the screen.
          queue && "lg:me-96 print:me-0",
        )}
      >
        <Suspense fallback={null}>
          <UpdateLine />
        </Suspense>
        <OfflineLine />
        <div className="mx-auto w-full max-w-(--size-content) px-4 pt-6 pb-16 sm:px-10 sm:pt-9 print:p-0 low:px-5 low:pt-4 low:pb-8">
          {children}
        </div>
      </main>
      <PlayerBar />
      <TabBar unread={unread} />
      <Toasts />
      <PaletteGate />
    </div>
  );
}

type Destination = NonNullable<LinkProps["to"]>;

interface Place {
  to: Destination;
  label: "listen" | "search" | "crate" | "studio" | "wallet";
  icon: IconName;
}

const PLACES: readonly Place[] = [
  { to: "/", label: "listen", icon: "home" },
  { to: "/search", label: "search", icon: "search" },
  { to: "/crate", label: "crate", icon: "crate" },
  { to: "/studio", label: "studio", icon: "studio" },
  { to: "/wallet", label: "wallet", icon: "wallet" },
];

function SideNav({ unread }: { unread: number }) {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t("nav.main")}
      className="hidden flex-col overflow-y-auto border-e border-line px-4 py-6 md:flex"
    >
      <Link to="/" className="flex items-center gap-2 px-2 text-22 font-semibold tracking-display">
        <Mark />
        Resonance
      </Link>
      <ul className="mt-8 grid gap-1">
        {PLACES.map(({ to, label }) => (
          <li key={to}>
            <PlaceLink to={to}>{t(`nav.${label}`)}</PlaceLink>
          </li>
        ))}
      </ul>
      <div className="mt-auto grid gap-1">
        <Balance />
        <AccountPlaces unread={unread} />
      </div>
    </nav>
  );
}

/** The house's sign, in the ink of the theme. */
function Mark() {
  return (
    <svg
      viewBox="0 0 24 24"
      width={28}
      height={28}
      fill="none"
      strokeWidth={2}
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M4 10v6M8 6v10M12 9v7M16 4v12M20 11v5" stroke="currentColor" />
      <path d="M3 20.5h12" stroke="var(--color-amber)" />
    </svg>
  );
}

/** What the account has, always in sight. */
function Balance() {
  const { t } = useTranslation();
  const own = useOwn("BEAT");
  const figure = own && inFigures(own);
  return (
    figure && (
      <Link
        to="/wallet"
        activeOptions={{ exact: true, includeSearch: false }}
        className="group mb-2 block rounded-field px-2 py-1"
      >
        <span className="block text-13 text-soft group-hover:text-paper">{t("nav.balance")}</span>
        <span className="flex flex-wrap items-baseline gap-x-1.5">
          <Figure className={figure.length > 9 ? "text-15" : "text-18"}>{figure}</Figure>
          <span className="text-13 text-soft">{t("player.paying.beats")}</span>
        </span>
      </Link>
    )
  );
}

function AccountPlaces({ unread }: { unread: number }) {
  const { t } = useTranslation();
  const me = useMe();
  const next = useNext();
  if (me === undefined) {
    return null;
  }
  if (me === null) {
    return (
      <>
        <PlaceLink to="/login" search={next}>
          {t("nav.log_in")}
        </PlaceLink>
        <PlaceLink to="/join" search={next}>
          {t("nav.join")}
        </PlaceLink>
      </>
    );
  }
  return (
    <>
      {me.role === "admin" && <PlaceLink to="/admin">{t("nav.admin")}</PlaceLink>}
      <PlaceLink to="/notifications">
        {t("nav.notifications")}
        {unread > 0 && (
          <span className="figure ms-2 text-13 font-semibold text-paper">
            <span aria-hidden="true">{unread}</span>
            <span className="sr-only">{t("nav.unread", { count: unread })}</span>
          </span>
        )}
      </PlaceLink>
      <PlaceLink to="/settings">{me.username ?? t("nav.settings")}</PlaceLink>
    </>
  );
}

function PlaceLink({
  to,
  search = {},
  children,
}: {
  to: Place["to"] | "/login" | "/join" | "/admin" | "/notifications" | "/settings";
  search?: { next?: string };
  children: ReactNode;
}) {
  return (
    <Link
      to={to}
      search={search}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      className="one-line block rounded-full px-2 py-2 text-soft hover:text-paper aria-[current=page]:font-semibold aria-[current=page]:text-paper"
    >
      {children}
    </Link>
  );
}

/** The same places at the foot of a phone's screen, and at its side when it lies on it. */
function TabBar({ unread }: { unread: number }) {
  const { t } = useTranslation();
  const me = useMe();
  const next = useNext();
  const online = useOnline();
  // Who cannot be asked for without a network may well be logged in.
  const isMember = me || (me === undefined && !online);
  const account: { to: Destination; label: string; icon: IconName } = isMember
    ? { to: "/settings", label: t("nav.account"), icon: "artist" }
    : { to: "/login", label: t("nav.log_in"), icon: "artist" };
  // Who has no account has no wallet either, and a phone has no room for what is nobody's.
  const places = isMember ? PLACES : PLACES.filter(({ to }) => to !== "/wallet");
  const tabs = [...places.map(({ to, label, icon }) => ({ to, label: t(`nav.${label}`), icon })), account];
  return (
    <nav
      aria-label={t("nav.main")}
      className={cx(
        "grid h-14 grid-flow-col border-t border-line bg-bed pb-[env(safe-area-inset-bottom)] md:hidden",
        "low:col-start-1 low:row-span-2 low:row-start-1 low:box-content low:h-auto low:w-16 low:grid-flow-row low:border-e low:border-t-0 low:ps-[env(safe-area-inset-left)] low:pb-0",
      )}
    >
      {tabs.map(({ to, label, icon }) => (
        <Link
          key={to}
          to={to}
          search={to === "/login" ? next : {}}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          className={cx(
            "one-line grid place-content-center justify-items-center gap-0.5 px-1 text-12 text-soft",
            "aria-[current=page]:font-semibold aria-[current=page]:text-paper",
          )}
        >
          <span className="relative">
            <Icon name={icon} />
            {to === "/settings" && unread > 0 && (
              <span className="figure absolute -end-3 -top-1.5 min-w-4 rounded-full bg-paper px-1 text-center text-[10px]/4 font-semibold text-lacquer">
                <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
                <span className="sr-only">{t("nav.unread", { count: unread })}</span>
              </span>
            )}
          </span>
          {label}
        </Link>
      ))}
    </nav>
  );
}
