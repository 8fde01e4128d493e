import type { ReactNode } from "react";
import { Switch as AriaSwitch, type SwitchProps as AriaSwitchProps } from "react-aria-components/Switch";
import { cx } from "./class.ts";
import { HINT } from "./field-style.ts";

interface SwitchProps extends Omit<AriaSwitchProps, "children" | "className"> {
  children: ReactNode;
  hint?: string;
}

/** On or off, at once. */
export function Switch({ children, hint, ...rest }: SwitchProps) {
  return (
    <AriaSwitch
      {...rest}
      className="group flex min-h-11 cursor-pointer items-center gap-3 outline-none disabled:cursor-default disabled:opacity-50"
    >
      <span className="flex h-6 w-10 shrink-0 items-center rounded-full border border-edge px-0.5 group-data-[focus-visible]:outline-2 group-data-[focus-visible]:outline-offset-2 group-data-[selected]:border-paper group-data-[selected]:bg-paper">
        <span className="size-4.5 rounded-full bg-edge transition-[translate] duration-(--motion-press) group-data-[selected]:translate-x-4 group-data-[selected]:bg-lacquer rtl:group-data-[selected]:-translate-x-4" />
      </span>
      <span>
        {children}
        {hint && <span className={cx("block", HINT)}>{hint}</span>}
      </span>
    </AriaSwitch>
  );
}
