import { useState } from "react";
import {
  Button,
  ComboBox,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
} from "react-aria-components/ComboBox";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { INPUT, LABEL } from "../../ui/field-style.ts";
import { Icon } from "../../ui/icons.tsx";

export interface Suggestion {
  id: string;
  name: string;
}

export interface SuggestProps {
  label: string;
  labelHidden?: boolean;
  placeholder?: string;
  suggestions: readonly Suggestion[];
  onType?: (text: string) => void;
  onPick: (suggestion: Suggestion) => void;
  onNew?: (text: string) => void;
  className?: string;
}

/** The field itself; `Suggest` loads it. */
export default function SuggestBox({
  label,
  labelHidden = false,
  placeholder,
  suggestions,
  onType,
  onPick,
  onNew,
  className,
}: SuggestProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  // One that was picked leaves an empty field and a closed list: the field begins anew.
  const [round, setRound] = useState(0);
  const type = (next: string) => {
    setText(next);
    onType?.(next);
  };
  const take = () => {
    const found = suggestions.find(
      ({ name }) => name.toLocaleLowerCase() === text.trim().toLocaleLowerCase(),
    );
    if (found) {
      onPick(found);
    } else if (text.trim() !== "") {
      onNew?.(text.trim());
    }
    type("");
  };
  // Who hears what is typed has chosen the suggestions by it already.
  const wanted = text.trim().toLocaleLowerCase();
  const shown = onType
    ? suggestions
    : suggestions.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  return (
    <ComboBox
      key={round}
      autoFocus={round > 0}
      allowsCustomValue
      // What is looked for on the server comes a little later: the list is open by then.
      allowsEmptyCollection={!onNew}
      menuTrigger="input"
      items={shown}
      inputValue={text}
      selectedKey={null}
      onInputChange={type}
      onSelectionChange={(key) => {
        const picked = suggestions.find(({ id }) => id === key);
        if (picked) {
          onPick(picked);
          type("");
          setRound(round + 1);
        }
      }}
      className={cx("grid gap-1.5", className)}
    >
      <Label className={labelHidden ? "sr-only" : LABEL}>{label}</Label>
      <div className="relative">
        <Input
          placeholder={placeholder ?? ""}
          onKeyDown={(event) => {
            const isOpen = event.currentTarget.getAttribute("aria-activedescendant");
            if ((event.key === "Enter" || event.key === ",") && !isOpen && onNew && text.trim() !== "") {
              event.preventDefault();
              take();
            }
            if (event.key === "Enter") {
              // It takes what is suggested; the form around it is not sent by that.
              event.preventDefault();
            }
          }}
          onBlur={() => onNew && take()}
          className={cx(INPUT, "h-11 pe-11")}
        />
        <Button className="absolute end-0 top-0 grid size-11 cursor-pointer place-items-center text-soft">
          <Icon name="down" size={16} />
        </Button>
      </div>
      <Popover className="max-h-72 w-(--trigger-width) overflow-y-auto rounded-field border border-line bg-rise py-1">
        <ListBox
          className="outline-none"
          renderEmptyState={() => <p className="px-4 py-3 text-soft">{t("studio.nobody")}</p>}
        >
          {(item: Suggestion) => (
            <ListBoxItem
              id={item.id}
              textValue={item.name}
              className="one-line flex min-h-11 cursor-pointer items-center px-4 data-[focused]:bg-line/50"
            >
              {item.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
