import { NetworkError } from "@resonance/sdk";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { Failure } from "./state.tsx";

vi.mock("@tanstack/react-router", () => ({ useRouterState: () => "/", createLink: (it: unknown) => it }));
vi.mock("react-i18next", () => ({ useTranslation: () => ({ t: (key: string) => key }) }));
vi.mock("../app/lines.tsx", () => ({ useOnline: () => true }));
vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

it("keeps its words and the focus on the button while it asks again", async () => {
  document.body.innerHTML = "<main></main>";
  let answered = () => {};
  const retry = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        answered = resolve;
      }),
  );
  const root = createRoot(document.querySelector("main") ?? document.body);
  await act(() => root.render(<Failure error={new NetworkError("away")} retry={retry} />));
  const button = document.querySelector("button");
  await act(async () => button?.focus());
  await act(async () => button?.click());
  // A second press asks for nothing more.
  await act(async () => button?.click());
  expect(retry).toHaveBeenCalledTimes(1);
  expect(document.activeElement).toBe(button);
  expect(document.body.textContent).toContain("error.network");
  expect(button?.querySelector("svg")).not.toBeNull();
  await act(async () => answered());
  expect(button?.querySelector("svg")).toBeNull();
});
