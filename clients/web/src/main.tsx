import { QueryClientProvider } from "@tanstack/react-query";
import { createRouter, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startSpeaking } from "./app/i18n.ts";
import "./app/prefs.ts";
import { queryClient } from "./app/query.ts";
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

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

await startSpeaking();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
