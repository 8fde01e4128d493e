import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Me, useMe } from "../../app/me.ts";
import { LinkButton } from "../../ui/button.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Heading, Section, Title } from "../../ui/screen.tsx";
import { Skeleton } from "../../ui/state.tsx";
import { OpenLine } from "../account/form.tsx";
import { Unknown } from "../account/unknown.tsx";
import { CapsSettings } from "../paying/caps-settings.tsx";
import { About } from "./about.tsx";
import { Avatar } from "./avatar.tsx";
import { Devices } from "./devices.tsx";
import { FirstPassword } from "./first-password.tsx";
import { Password } from "./password.tsx";
import { Looks } from "./preferences.tsx";
import { ProfileForm } from "./profile.tsx";
import { Quality } from "./quality.tsx";
import { Wallets } from "./wallets.tsx";

interface Part {
  /** By which an address leads to it. */
  id: string;
  title: string;
  body: ReactNode;
}

/** The account, and how the app looks and sounds on this device. */
export function Settings() {
  const { t } = useTranslation();
  const me = useMe();
  const device: Part = { id: "looks", title: t("account.looks"), body: <Looks /> };
  const server: Part = { id: "about", title: t("account.about"), body: <About /> };
  const parts = me ? [...ofAccount(me, t, device), server] : [nobodys(me, t), device, server];
  return (
    <>
      <Title>{t("nav.settings")}</Title>
      <Heading className="display text-32">{t("nav.settings")}</Heading>
      {me && (
        <Link
          to="/notifications"
          className="ruled mt-6 flex min-h-12 items-center justify-between gap-4 border-t border-line md:hidden"
        >
          {t("nav.notifications")}
          <Icon name="forward" size={16} />
        </Link>
      )}
      <div className="@min-[64rem]:grid @min-[64rem]:grid-cols-[11rem_minmax(0,1fr)] @min-[64rem]:gap-10">
        <Ways parts={parts} />
        <div>
          {parts.map(({ id, title, body }) => (
            <Section key={id} id={id} title={title}>
              {body}
            </Section>
          ))}
        </div>
      </div>
    </>
  );
}

/** Leads to each part of a page that is longer than a screen. */
function Ways({ parts }: { parts: readonly Part[] }) {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t("account.parts")}
      className="mt-4 self-start @min-[64rem]:sticky @min-[64rem]:top-0 @min-[64rem]:mt-12"
    >
      <ul className="flex flex-wrap gap-x-5 @min-[64rem]:grid">
        {parts.map(({ id, title }) => (
          <li key={id}>
            {/* The browser's own way, by which Tab goes on from there. */}
            <a href={`#${id}`} className="flex min-h-11 items-center text-soft hover:text-paper">
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function ofAccount(me: Me, t: TFunction, device: Part): Part[] {
  const profile = (
    <div className="grid gap-10 @min-[48rem]:grid-cols-[minmax(0,28rem)_auto]">
      <ProfileForm key={me.userId} me={me} />
      <Avatar me={me} />
    </div>
  );
  const password = (
    <>
      <OpenLine />
      {me.email ? <Password /> : <FirstPassword />}
    </>
  );
  return [
    { id: "profile", title: t("account.profile"), body: profile },
    device,
    { id: "quality", title: t("account.quality.title"), body: <Quality me={me} /> },
    { id: "caps", title: t("player.paying.caps.title"), body: <CapsSettings /> },
    { id: "password", title: t("account.password"), body: password },
    { id: "wallets", title: t("account.wallet.title"), body: <Wallets me={me} /> },
    { id: "devices", title: t("account.devices"), body: <Devices /> },
  ];
}

/** While nobody is logged in, or it is not known yet who is. */
function nobodys(me: null | undefined, t: TFunction): Part {
  if (me === undefined) {
    const waiting = (
      <Unknown>
        <Skeleton className="h-72 w-full max-w-[28rem]" />
      </Unknown>
    );
    return { id: "profile", title: t("account.profile"), body: waiting };
  }
  const ways = (
    <>
      <p className="mb-4 text-soft">{t("account.nobody")}</p>
      <div className="flex flex-wrap gap-3">
        <LinkButton to="/login" search={{ next: "/settings" }} kind="primary">
          {t("nav.log_in")}
        </LinkButton>
        <LinkButton to="/join" search={{ next: "/settings" }}>
          {t("nav.join")}
        </LinkButton>
      </div>
    </>
  );
  return { id: "account", title: t("nav.account"), body: ways };
}
