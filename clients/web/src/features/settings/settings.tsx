import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
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
import { Wallets } from "./wallets.tsx";

/** The account, and how the app looks and sounds on this device. */
export function Settings() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <>
      <Title>{t("nav.settings")}</Title>
      <Heading className="display text-32">{t("nav.settings")}</Heading>
      {me === undefined && (
        <Section title={t("account.profile")}>
          <Unknown>
            <Skeleton className="h-72 w-full max-w-[28rem]" />
          </Unknown>
        </Section>
      )}
      {me === null && (
        <Section title={t("nav.account")}>
          <p className="mb-4 text-soft">{t("account.nobody")}</p>
          <div className="flex flex-wrap gap-3">
            <LinkButton to="/login" search={{ next: "/settings" }} kind="primary">
              {t("nav.log_in")}
            </LinkButton>
            <LinkButton to="/join" search={{ next: "/settings" }}>
              {t("nav.join")}
            </LinkButton>
          </div>
        </Section>
      )}
      {me && (
        <Link
          to="/notifications"
          className="ruled mt-6 flex min-h-12 items-center justify-between gap-4 border-t border-line md:hidden"
        >
          {t("nav.notifications")}
          <Icon name="forward" size={16} />
        </Link>
      )}
      {me && (
        <Section title={t("account.profile")}>
          <div className="grid gap-10 @min-[48rem]:grid-cols-[28rem_auto]">
            <ProfileForm key={me.userId} me={me} />
            <Avatar me={me} />
          </div>
        </Section>
      )}
      <Section title={t("account.looks")}>
        <Looks />
      </Section>
      {me && (
        <>
          <Section title={t("player.paying.caps.title")}>
            <CapsSettings />
          </Section>
          <Section title={t("account.password")}>
            <OpenLine />
            {me.email ? <Password /> : <FirstPassword />}
          </Section>
          <Section title={t("account.wallet.title")}>
            <Wallets me={me} />
          </Section>
          <Section title={t("account.devices")}>
            <Devices />
          </Section>
        </>
      )}
      <Section title={t("account.about")}>
        <About />
      </Section>
    </>
  );
}
