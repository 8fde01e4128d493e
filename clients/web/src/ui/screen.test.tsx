import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { arrive, Heading } from "./screen.tsx";

const router = vi.hoisted(() => ({ path: "/from" }));
vi.mock("@tanstack/react-router", () => ({ useRouterState: () => router.path }));
vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

/** A screen with a link and a button, within the frame that stays. */
async function open() {
  document.body.innerHTML = `<a href="/to">There</a><main id="content" tabindex="-1"></main>`;
  const main = document.querySelector("main");
  const root = createRoot(main ?? document.body);
  const show = (path: string) =>
    act(() => {
      router.path = path;
      root.render(
        <div>
          <Heading>Title</Heading>
          <button type="button">Play</button>
        </div>,
      );
    });
  await show("/from");
  return {
    show,
    focus: (name: string) => document.querySelector<HTMLElement>(name)?.focus(),
    focused: () => document.activeElement?.tagName,
  };
}

it("the heading of the next screen takes the focus from the link that led there", async () => {
  const screen = await open();
  screen.focus("a");
  arrive();
  await screen.show("/to");
  expect(screen.focused()).toBe("H1");
});

it("who is further already is not called back to the heading", async () => {
  const screen = await open();
  screen.focus("a");
  arrive();
  screen.focus("button");
  await screen.show("/to");
  expect(screen.focused()).toBe("BUTTON");
});
