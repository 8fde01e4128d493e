import i18next from "i18next";
import { inFigures } from "../ui/money.ts";
import { usePaying } from "./paying.ts";

/** Has a screen reader say how the meter stands, once: it does not read out every beat. */
export function sayMeter(): void {
  const { reading, purse } = usePaying.getState();
  if (!reading) {
    return;
  }
  const { asset, spent, cap } = reading;
  const figure = (amount: bigint) => inFigures({ asset, amount: (amount > 0n ? amount : 0n).toString() });
  const asked = [
    i18next.t("player.paying.spent", { spent: figure(spent) }),
    ...(cap === undefined ? [] : [i18next.t("player.paying.cap", { figure: figure(cap) })]),
    ...(purse === undefined ? [] : [i18next.t("player.paying.left", { figure: figure(purse - spent) })]),
  ].join(", ");
  usePaying.setState({ asked });
}
