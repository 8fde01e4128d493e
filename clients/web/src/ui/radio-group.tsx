import { RadioGroup as AriaRadioGroup, Label, Radio } from "react-aria-components/RadioGroup";
import type { ChoiceProps } from "./choice.ts";
import { cx } from "./class.ts";
import { LABEL } from "./field-style.ts";

/** One of a few, all of them seen at once. */
export function RadioGroup<T extends string>({
  label,
  choices,
  value,
  onChange,
  className,
  isDisabled = false,
}: ChoiceProps<T> & { isDisabled?: boolean }) {
  return (
    <AriaRadioGroup
      value={value}
      isDisabled={isDisabled}
      onChange={(next) => {
        const chosen = choices.find((choice) => choice.value === next);
        if (chosen) {
          onChange(chosen.value);
        }
      }}
      className={cx("grid gap-1.5", className)}
    >
      <Label className={LABEL}>{label}</Label>
      <div className="flex flex-wrap gap-2">
        {choices.map((choice) => (
          <Radio
            key={choice.value}
            value={choice.value}
            className="flex min-h-11 cursor-pointer items-center gap-2 rounded-full border border-edge px-4 text-soft hover:border-paper focus-shown:outline-2 focus-shown:outline-offset-2 selected:border-paper selected:bg-paper selected:font-semibold selected:text-lacquer disabled:opacity-50"
          >
            {choice.label}
            {choice.hint && <span className="text-13 font-normal">{choice.hint}</span>}
          </Radio>
        ))}
      </div>
    </AriaRadioGroup>
  );
}
