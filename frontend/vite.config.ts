// How the page is built: hashed files without anything inline, so that the daemon's
// Content-Security-Policy `default-src 'self'` holds.
import { defineConfig } from "vitest/config";

const daemon = process.env.PRISMATRON_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    outDir: "build/dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // Safari 15.4 is the first whose 'self' covers WebSockets of the same host.
    target: ["es2021", "safari15.4"],
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: daemon, ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
