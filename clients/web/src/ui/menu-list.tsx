import type { RefObject } from "react";
import { Menu, MenuItem, Popover, Separator } from "react-aria-components/Menu";
import { cx } from "./class.ts";
import { Icon } from "./icons.tsx";
import type { MenuEntry } from "./menu.tsx";

interface MenuListProps {
  label: string;
  entries: readonly MenuEntry[];
  anchor: RefObject<HTMLElement | null>;
  isOpen: boolean;
  onClose: () => void;
}

/** The open menu; {@link MenuButton} and {@link MenuAt} load it when it is first wanted. */
export default function MenuList({ label, entries, anchor, isOpen, onClose }: MenuListProps) {
  return (
    <Popover
      triggerRef={anchor}
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      placement="bottom end"
      offset={4}
      className="min-w-52 max-w-[min(22rem,90vw)] overflow-y-auto rounded-field border border-line bg-rise py-1"
    >
      <Menu aria-label={label} onClose={onClose} className="outline-none">
        {entries.map((entry) =>
          "line" in entry ? (
            <Separator key={entry.line} className="my-1 h-px bg-line" />
          ) : (
            <MenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              isDisabled={entry.disabled ?? false}
              onAction={entry.do}
              className={cx(
                "flex min-h-11 cursor-pointer items-center gap-3 px-4 -outline-offset-2 data-[focused]:bg-line/50 disabled:cursor-default disabled:opacity-50",
                entry.danger ? "text-rust" : "text-paper",
              )}
            >
              {entry.icon && <Icon name={entry.icon} />}
              <span className="one-line flex-1">{entry.label}</span>
            </MenuItem>
          ),
        )}
      </Menu>
    </Popover>
  );
}
