import { type ReactNode, useState } from "react";
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
} from "react-aria-components/TextField";
import { useTranslation } from "react-i18next";
import { IconButton } from "./button.tsx";
import { cx } from "./class.ts";
import { HINT, INPUT, LABEL, WRONG } from "./field-style.ts";

interface Common {
  label: string;
  /** What it is for, when the label does not say. */
  hint?: ReactNode;
  /** What is wrong with it, in the reader's language. */
  error?: string | undefined;
  className?: string;
}

interface TextFieldProps extends Common, Omit<AriaTextFieldProps, "children" | "className"> {
  placeholder?: string;
  /** More than one line: how many are seen. */
  lines?: number;
  /** What is wrong is read out at once, though nothing is sent that it could be said of. */
  errorSaid?: boolean;
  /** A name or an address: nobody's keyboard is to correct it. */
  verbatim?: boolean;
}

/** A labelled field for text of one or more lines. */
export function TextField({
  label,
  hint,
  error,
  className,
  placeholder,
  lines,
  errorSaid = false,
  verbatim = false,
  ...rest
}: TextFieldProps) {
  return (
    <AriaTextField
      validationBehavior="aria"
      {...rest}
      isInvalid={Boolean(error)}
      className={cx("grid gap-1.5", className)}
    >
      <Label className={LABEL}>{label}</Label>
      {lines ? (
        <TextArea rows={lines} placeholder={placeholder ?? ""} className={cx(INPUT, "resize-y py-2.5")} />
      ) : (
        <Input
          placeholder={placeholder ?? ""}
          className={cx(INPUT, "h-11")}
          {...(verbatim && { autoCapitalize: "none", autoCorrect: "off", spellCheck: false })}
        />
      )}
      <Below hint={hint} error={error} said={errorSaid} />
    </AriaTextField>
  );
}

type PasswordFieldProps = Common & Omit<AriaTextFieldProps, "children" | "className" | "type">;

/** A password, hidden until its writer wants to see it. */
export function PasswordField({ label, hint, error, className, ...rest }: PasswordFieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <AriaTextField
      validationBehavior="aria"
      {...rest}
      type={shown ? "text" : "password"}
      isInvalid={Boolean(error)}
      className={cx("grid gap-1.5", className)}
    >
      <Label className={LABEL}>{label}</Label>
      <div className="relative">
        <Input
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          className={cx(INPUT, "h-11 pe-12")}
        />
        <IconButton
          icon={shown ? "hide" : "show"}
          label={shown ? t("field.hide_password") : t("field.show_password")}
          aria-pressed={shown}
          className="absolute end-0 top-0"
          onPress={() => setShown(!shown)}
        />
      </div>
      <Below hint={hint} error={error} />
    </AriaTextField>
  );
}

function Below({
  hint,
  error,
  said = false,
}: {
  hint: ReactNode;
  error: string | undefined;
  said?: boolean;
}) {
  return (
    <>
      {hint && (
        <Text slot="description" className={HINT}>
          {hint}
        </Text>
      )}
      {said && error ? (
        <div role="alert">
          <FieldError className={WRONG}>{error}</FieldError>
        </div>
      ) : (
        <FieldError className={WRONG}>{error}</FieldError>
      )}
    </>
  );
}
