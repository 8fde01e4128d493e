import { type ReactNode, useId } from "react";
import { RadioGroup as AriaRadioGroup, Label, Radio } from "react-aria-components/RadioGroup";
import { Switch as AriaSwitch, type SwitchProps as AriaSwitchProps } from "react-aria-components/Switch";
import { cx } from "./class.ts";
import { HINT, INPUT, LABEL } from "./field.tsx";
import { Icon } from "./icons.tsx";

export interface Choice<T extends string> {
  value: T;
  label: string;
  hint?: string;
}

interface ChoiceProps<T extends string> {
  label: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
  className?: string;
}

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
