import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { usePrefs } from "../../app/prefs.ts";
import { usePlayer } from "../../player/player.ts";
import type { IconName } from "../../ui/icons.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { leave } from "../account/session.ts";

export interface Command {
  id: string;
  label: string;
  icon: IconName;
  do: () => void;
}

/** What can be done from anywhere, and where one can go. */
export function useCommands(): Command[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const me = useMe();
  const { theme, set } = usePrefs();
  const playing = usePlayer((player) => player.playing);
  const current = usePlayer((player) => player.current !== undefined);
  const { toggle, next, previous } = usePlayer.getState();
  const commands: Command[] = [];
  if (current) {
    commands.push(
      {
        id: "toggle",
        label: playing ? t("listen.pause") : t("listen.play"),
        icon: playing ? "pause" : "play",
        do: toggle,
      },
      { id: "next", label: t("palette.next"), icon: "next", do: next },
      { id: "previous", label: t("palette.previous"), icon: "previous", do: previous },
    );
  }
  commands.push(
    { id: "listen", label: t("nav.listen"), icon: "home", do: () => void navigate({ to: "/" }) },
    { id: "search", label: t("nav.search"), icon: "search", do: () => void navigate({ to: "/search" }) },
    { id: "crate", label: t("nav.crate"), icon: "crate", do: () => void navigate({ to: "/crate" }) },
    {
      id: "history",
      label: t("listen.history"),
      icon: "clock",
      do: () => void navigate({ to: "/crate", search: { tab: "history" } }),
    },
    { id: "studio", label: t("nav.studio"), icon: "studio", do: () => void navigate({ to: "/studio" }) },
    {
      id: "settings",
      label: t("nav.settings"),
      icon: "settings",
      do: () => void navigate({ to: "/settings" }),
    },
  );
  if (me?.role === "admin") {
    commands.push({
      id: "admin",
      label: t("nav.admin"),
      icon: "shield",
      do: () => void navigate({ to: "/admin" }),
    });
  }
  for (const each of ["dark", "light", "system"] as const) {
    if (each !== theme) {
      commands.push({
        id: `theme-${each}`,
        label: t("palette.theme", { theme: t(`palette.themes.${each}`) }),
        icon: "settings",
        do: () => set({ theme: each }),
      });
    }
  }
  if (me) {
    commands.push({
      id: "log-out",
      label: t("nav.log_out"),
      icon: "lock",
      do: () =>
        void leave().then(
          () => navigate({ to: "/" }),
          (error: unknown) => toast(messageOf(t, error)),
        ),
    });
  } else if (me === null) {
    commands.push(
      { id: "log-in", label: t("nav.log_in"), icon: "lock", do: () => void navigate({ to: "/login" }) },
      { id: "join", label: t("nav.join"), icon: "add", do: () => void navigate({ to: "/join" }) },
    );
  }
  return commands;
}

/** Those whose words begin as what was typed. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const wanted = folded(typed).split(" ").filter(Boolean);
  return commands.filter(({ label }) => {
    const words = folded(label).split(/[\s:]+/);
    return wanted.every((each) => words.some((word) => word.startsWith(each)));
  });
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
