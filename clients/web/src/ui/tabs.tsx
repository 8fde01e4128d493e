import type { ReactNode } from "react";
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from "react-aria-components/Tabs";

interface TabsProps<T extends string> {
  /** What the tabs are tabs of. */
  label: string;
  tabs: readonly { id: T; label: string }[];
  selected: T;
  onSelect: (id: T) => void;
  /** The panel of the selected tab. */
  children: ReactNode;
}

/** Tabs on a ruled line; arrows go from one to the next. */
export function Tabs<T extends string>({ label, tabs, selected, onSelect, children }: TabsProps<T>) {
  return (
    <AriaTabs
      selectedKey={selected}
      keyboardActivation="manual"
      onSelectionChange={(key) => {
        const tab = tabs.find(({ id }) => id === key);
        if (tab) {
          onSelect(tab.id);
        }
      }}
    >
      <TabList aria-label={label} className="ruled flex gap-6 overflow-x-auto [scrollbar-width:none]">
        {tabs.map((tab) => (
          <Tab
            key={tab.id}
            id={tab.id}
            className="flex h-11 shrink-0 cursor-pointer items-center border-b-2 border-transparent text-soft -outline-offset-2 hover:text-paper selected:border-paper selected:font-semibold selected:text-paper"
          >
            {tab.label}
          </Tab>
        ))}
      </TabList>
      <TabPanel id={selected} className="pt-5 outline-none">
        {children}
      </TabPanel>
    </AriaTabs>
  );
}
