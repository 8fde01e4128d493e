import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";

interface TabsProps<T extends string> {
  /** What the tabs are tabs of. */
  label: string;
  tabs: readonly { id: T; label: string }[];
  selected: T;
  onSelect: (id: T) => void;
  /** The panel of the selected tab. */
  children: ReactNode;
}

/**
 * Tabs on a ruled line: one stop for Tab, arrows go from one to the next, Enter or a space selects.
 * Our own, as three screens have no other use for the machinery of collections.
 */
export function Tabs<T extends string>({ label, tabs, selected, onSelect, children }: TabsProps<T>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const stops = [...(list.current?.querySelectorAll<HTMLElement>("[role=tab]") ?? [])];
    const at = stops.indexOf(event.target as HTMLElement);
    const onward = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = onward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const to = {
      [onward]: (at + 1) % stops.length,
      [back]: (at - 1 + stops.length) % stops.length,
      Home: 0,
      End: stops.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      stops[to]?.focus();
    }
  };
  return (
    <>
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
        className="ruled flex gap-6 overflow-x-auto overflow-y-hidden [scrollbar-width:none]"
      >
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-${tab.id}`}
            aria-selected={tab.id === selected}
            aria-controls={tab.id === selected ? `${id}-panel` : undefined}
            tabIndex={tab.id === selected ? 0 : -1}
            onClick={() => onSelect(tab.id)}
            className="flex h-11 shrink-0 cursor-pointer items-center border-b-2 border-transparent text-soft -outline-offset-2 hover:text-paper selected:border-paper selected:font-semibold selected:text-paper"
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${selected}`} className="pt-5">
        {children}
      </div>
    </>
  );
}
