import { useId } from "react";
import type { ChoiceProps } from "./choice.ts";
import { cx } from "./class.ts";
import { INPUT, LABEL } from "./field-style.ts";
import { Icon } from "./icons.tsx";

/** One of many: the platform's own list, which phones show best. */
export function Select<T extends string>({
  label,
  choices,
  value,
  onChange,
  className,
  labelHidden = false,
}: ChoiceProps<T> & { labelHidden?: boolean }) {
  const id = useId();
  return (
    <div className={cx("grid gap-1.5", className)}>
      <label htmlFor={id} className={labelHidden ? "sr-only" : LABEL}>
        {label}
      </label>
      <div className="relative">
        <select
          id={id}
          value={value}
          onChange={(event) => {
            const chosen = choices.find((choice) => choice.value === event.target.value);
            if (chosen) {
              onChange(chosen.value);
            }
          }}
          className={cx(INPUT, "h-11 cursor-pointer appearance-none truncate pe-9 [&>option]:bg-rise")}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
        <Icon
          name="down"
          size={16}
          className="pointer-events-none absolute inset-y-0 end-3 my-auto text-soft"
        />
      </div>
    </div>
  );
}
