import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { INPUT } from "../../ui/field-style.ts";
import { Icon } from "../../ui/icons.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { remember } from "../search/recent.ts";
import { LONGEST } from "../search/search-search.ts";
import { useDebounced } from "../search/use-debounced.ts";
import { matching, useCommands } from "./commands.ts";
import { type Hit, useHits } from "./hits.ts";

const PAUSE_MS = 150;

/** Search, go and do, from the keyboard: arrows choose, Enter does, Escape closes. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const commands: Hit[] = matching(useCommands(), typed).map((command) => ({ ...command, about: "" }));
  const hits = useHits(useDebounced(typed.trim(), PAUSE_MS));
  // What comes later stands below, so that nothing moves under a finger.
  const options = [...commands, ...hits];
  const at = Math.min(chosen, options.length - 1);

  const run = (option: Hit | undefined) => {
    if (option) {
      if (hits.includes(option)) {
        remember(typed);
      }
      onClose();
      option.do();
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && options.length > 0) {
      event.preventDefault();
      setChosen((at + step + options.length) % options.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(options[at]);
    }
  };
  useEffect(() => {
    list.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const group = (name: string, label: string, from: number, members: readonly Hit[]) =>
    members.length > 0 && (
      // biome-ignore lint/a11y/useSemanticElements: a group of options is no fieldset
      <div role="group" aria-labelledby={`${id}-${name}`}>
        <p id={`${id}-${name}`} className="px-4 pt-2 pb-1 text-13 text-soft">
          {label}
        </p>
        {members.map((option, index) => (
          <Option
            key={option.id}
            id={`${id}-${from + index}`}
            option={option}
            at={from + index}
            chosen={from + index === at}
            onPoint={setChosen}
            onRun={run}
          />
        ))}
      </div>
    );

  return (
    <Dialog
      isOpen
      title={t("palette.title")}
      titleHidden
      onClose={onClose}
      wide
      className="self-start sm:mt-[8vh]"
    >
      <div className="relative m-2">
        <Icon name="search" className="pointer-events-none absolute inset-y-0 start-3 my-auto text-soft" />
        {/* The palette was opened to type into it. */}
        <input
          autoFocus
          type="text"
          role="combobox"
          aria-label={t("palette.title")}
          aria-expanded={options.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          autoComplete="off"
          spellCheck={false}
          maxLength={LONGEST}
          placeholder={t("palette.placeholder")}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          className={cx(INPUT, "h-11 rounded-full ps-11 pe-4")}
        />
      </div>
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={t("palette.title")}
        className="max-h-[60vh] overflow-y-auto border-t border-line py-1"
      >
        {group("do", t("palette.do"), 0, commands)}
        {group("found", t("palette.found"), commands.length, hits)}
      </div>
      <p role="status" className={options.length === 0 ? "px-4 py-6 text-soft" : undefined}>
        {options.length === 0 && t("palette.none")}
      </p>
    </Dialog>
  );
}

interface OptionProps {
  id: string;
  option: Hit;
  at: number;
  chosen: boolean;
  onPoint: (at: number) => void;
  onRun: (option: Hit) => void;
}

function Option({ id, option, at, chosen, onPoint, onRun }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the field points at the chosen option
    <div
      role="option"
      id={id}
      data-at={at}
      aria-selected={chosen}
      onPointerMove={() => chosen || onPoint(at)}
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => onRun(option)}
      className="flex min-h-11 cursor-pointer items-center gap-3 px-4 selected:bg-line/60"
    >
      {option.icon ? (
        <span className="grid w-8 place-items-center text-soft">
          <Icon name={option.icon} />
        </span>
      ) : (
        <Sleeve src={option.picture} title={option.label} size={32} className="w-8" />
      )}
      <span className="one-line flex-1">{option.label}</span>
      <span className="one-line max-w-[40%] text-13 text-soft">{option.about}</span>
    </div>
  );
}
