export interface Choice<T extends string> {
  value: T;
  label: string;
  hint?: string;
}

/** What every field that chooses one of many is given. */
export interface ChoiceProps<T extends string> {
  label: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
  className?: string;
}
