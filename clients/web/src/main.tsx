import { QueryClientProvider } from "@tanstack/react-query";
import { createRouter, RouterProvider } from "@tanstack/react-router";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { startSpeaking } from "./app/i18n.ts";
import { meQuery } from "./app/me.ts";
import { stayOffline } from "./app/missing-part.ts";
import "./app/prefs.ts";
import { queryClient } from "./app/query.ts";
import { drawn, isWritten } from "./app/written.ts";
import { routeTree } from "./routeTree.gen.ts";
import { arrive } from "./ui/screen.tsx";
import "./styles.css";

const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  // The queries know how fresh they are.
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  scrollToTopSelectors: ["#content"],
});

router.subscribe("onBeforeNavigate", ({ fromLocation, pathChanged }) => {
  if (fromLocation && pathChanged) {
    arrive();
  }
});

stayOffline();

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

async function start(root: HTMLElement) {
  const speaking = startSpeaking();
  if (isWritten) {
    // For a visitor, and with the answers in it: the screen is drawn once, with all that it shows.
    queryClient.setQueryData(meQuery.queryKey, null);
    await router.load();
    drawn();
  }
  await speaking;
  // In slices: who presses something meanwhile does not wait.
  startTransition(() =>
    createRoot(root).render(
      <StrictMode>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </StrictMode>,
    ),
  );
}

const root = document.getElementById("root");
if (root) {
  // Not waited for: the screens' own files, which it fetches, wait for the end of this one.
  void start(root);
}
