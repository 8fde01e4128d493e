import {
  SearchField as AriaSearchField,
  type SearchFieldProps as AriaSearchFieldProps,
  Button,
  Input,
} from "react-aria-components/SearchField";
import { useTranslation } from "react-i18next";
import { cx } from "./class.ts";
import { INPUT } from "./field-style.ts";
import { Icon } from "./icons.tsx";

interface SearchFieldProps extends Omit<AriaSearchFieldProps, "children" | "className" | "aria-label"> {
  /** What is searched; it has no label to be seen. */
  label: string;
  placeholder?: string;
  className?: string;
}

/** A field for words to look for, with a way to empty it; Escape does that too. */
export function SearchField({ label, placeholder, className, ...rest }: SearchFieldProps) {
  const { t } = useTranslation();
  return (
    <AriaSearchField {...rest} aria-label={label} className={cx("group relative", className)}>
      <Icon name="search" className="pointer-events-none absolute inset-y-0 start-3 my-auto text-soft" />
      <Input
        placeholder={placeholder ?? ""}
        enterKeyHint="search"
        className={cx(INPUT, "h-11 rounded-full px-11 [&::-webkit-search-cancel-button]:hidden")}
      />
      <Button
        aria-label={t("field.clear")}
        className="absolute end-0 top-0 grid size-11 cursor-pointer place-items-center rounded-full text-soft hover:text-paper group-data-[empty]:hidden"
      >
        <Icon name="close" size={16} />
      </Button>
    </AriaSearchField>
  );
}
