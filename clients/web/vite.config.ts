/// <reference types="vitest/config" />
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { early } from "./early.ts";

// `npm run dev -w web` beside a server: RESONANCE=http://127.0.0.1:4533
const server = process.env.RESONANCE ?? "http://127.0.0.1:4533";
const theirs = ["/api", "/ws", "/oembed", "/healthz", "/readyz"];

const SHARED =
  /\/src\/(ui\/(figures|sleeve)|features\/catalogue\/(dates|endless|heart|likes|long-text|long-title|play-both|share|title-page))\.|\/use(InfiniteQuery|Queries)\.js$|\/sdk\/src\/(money|price)\./;

export default defineConfig({
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: true, quoteStyle: "double", semicolons: true }),
    react(),
    tailwindcss(),
    early(),
    VitePWA({
      strategies: "generateSW",
      registerType: "prompt",
      injectRegister: null,
      manifest: {
        id: "/",
        name: "Resonance",
        short_name: "Resonance",
        description: "Music that pays its artists for every second you listen",
        start_url: "/",
        display: "standalone",
        background_color: "#120d09",
        theme_color: "#120d09",
        categories: ["music"],
        icons: [
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "/icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
          { src: "/icon-maskable.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        // The shell and nothing else: no sound and no answer of the API is ever kept here.
        globPatterns: ["**/*.{js,css,html,svg,woff2}", "icon-192.png"],
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [
          /^\/api\//,
          /^\/oembed/,
          /^\/(healthz|readyz|metrics)$/,
          /^\/rest\//,
          /^\/embed\//,
        ],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
  build: {
    target: "es2023",
    manifest: true,
    sourcemap: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What every screen needs is one file: compressed together it is smaller than in pieces.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "base", tags: ["$initial"], priority: 2 },
            // Small things that many screens share: one answer on a slow line is sooner there than a dozen.
            { name: "screens", test: SHARED, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: Object.fromEntries(theirs.map((path) => [path, { target: server, ws: true }])) },
  test: { environment: "jsdom", include: ["test/**/*.test.{ts,tsx}", "src/**/*.test.{ts,tsx}"] },
});
