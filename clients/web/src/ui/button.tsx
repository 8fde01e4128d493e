import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components/Button";
import { cx } from "./class.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Spinner } from "./state.tsx";

const KINDS = {
  /** The one thing to press on a screen. */
  primary: "h-11 rounded-full bg-paper px-6 font-semibold text-lacquer hover:opacity-90",
  /** Everything beside it. */
  quiet: "h-11 rounded-full border border-edge px-5 font-medium hover:border-paper",
  /** Within a line of text or a row. */
  plain: "h-11 rounded-full px-3 font-medium text-soft hover:text-paper",
  danger: "h-11 rounded-full border border-rust px-5 font-medium text-rust hover:bg-rust hover:text-lacquer",
} as const;

export type ButtonKind = keyof typeof KINDS;

const BASE =
  "inline-flex cursor-pointer items-center justify-center gap-2 whitespace-nowrap transition-[opacity,scale,border-color,color] duration-(--motion-press) pressed:scale-97 disabled:cursor-default disabled:opacity-50";

interface ButtonProps extends Omit<AriaButtonProps, "children" | "className"> {
  kind?: ButtonKind;
  icon?: IconName;
  /** Shows that work goes on, and takes no second press. */
  busy?: boolean;
  className?: string | undefined;
  children: ReactNode;
}

export function Button({ kind = "quiet", icon, busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} isPending={busy} className={cx(BASE, KINDS[kind], className)}>
      {busy ? <Spinner /> : icon && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, "children" | "className" | "aria-label"> {
  icon: IconName;
  /** What it does; shown as its tooltip too. */
  label: string;
  size?: number;
  className?: string | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
}

const ROUND =
  "grid size-11 shrink-0 cursor-pointer place-items-center rounded-full text-soft transition-[color,scale] duration-(--motion-press) hover:text-paper disabled:cursor-default disabled:opacity-40";

/** A round target of 44 px around an icon. */
export function IconButton({ icon, label, size = 20, className, ...rest }: IconButtonProps) {
  return (
    <AriaButton
      {...rest}
      aria-label={label}
      render={(props) => <button {...props} title={label} />}
      className={cx(ROUND, "pressed:scale-92", className)}
    >
      <Icon name={icon} size={size} />
    </AriaButton>
  );
}

interface RowButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "aria-label" | "children"> {
  icon: IconName;
  label: string;
}

/**
 * The same in a row of a list, whose arrow keys lead to it. It is the browser's own: hundreds of rows rush by, and with each
 * of them one of these.
 */
export function RowButton({ icon, label, className, ...rest }: RowButtonProps) {
  return (
    <button
      {...rest}
      type="button"
      tabIndex={-1}
      aria-label={label}
      title={label}
      className={cx(ROUND, "max-h-full active:scale-92", className)}
    >
      <Icon name={icon} size={20} />
    </button>
  );
}

/** A link that looks like a button, for what leads to another screen. */
export const LinkButton = createLink(function LinkButton({
  kind = "quiet",
  icon,
  className,
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { kind?: ButtonKind; icon?: IconName }) {
  return (
    <a {...rest} className={cx(BASE, KINDS[kind], className)}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
});

/** A link above a screen, to the list that it came from. */
export const BackLink = createLink(function BackLink({
  className,
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a
      {...rest}
      data-on-screen
      className={cx("mt-4 inline-flex min-h-11 items-center gap-1 text-soft hover:text-paper", className)}
    >
      <Icon name="back" size={16} /> {children}
    </a>
  );
});
