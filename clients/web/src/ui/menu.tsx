import { lazy, type RefObject, Suspense, useRef, useState } from "react";
import { IconButton } from "./button.tsx";
import type { IconName } from "./icons.tsx";

/** Something to do, or a line between two groups. */
export type MenuEntry =
  | { id: string; label: string; icon?: IconName; do: () => void; danger?: boolean; disabled?: boolean }
  | { line: string };

// Popovers are heavy, and most screens are left without a menu having been opened.
const load = () => import("./menu-list.tsx");
const MenuList = lazy(load);

interface MenuAtProps {
  /** What the menu belongs to, for who does not see it. */
  label: string;
  entries: readonly MenuEntry[];
  /** What was pressed: the menu stands beside it. */
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
}

/** An open menu beside what was pressed, for a list that has one menu for all of its rows. */
export function MenuAt(props: MenuAtProps) {
  return (
    <Suspense fallback={null}>
      <MenuList {...props} isOpen />
    </Suspense>
  );
}

interface MenuButtonProps {
  label: string;
  entries: readonly MenuEntry[] | (() => readonly MenuEntry[]);
  icon?: IconName;
  className?: string | undefined;
}

/** A round button that opens a menu. */
export function MenuButton({ label, entries, icon = "more", className }: MenuButtonProps) {
  const anchor = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        ref={anchor}
        icon={icon}
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onHoverStart={() => void load()}
        onPress={() => setOpen(true)}
        className={className}
      />
      {open && (
        <MenuAt
          label={label}
          entries={typeof entries === "function" ? entries() : entries}
          anchor={anchor}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
