// The page in a real browser against a running daemon:
//   PRISMATRON_URL=http://127.0.0.1:8080 npm test
// The tests add media and playlists, play and change the brightness, and take away what they made.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  // One daemon, one player: tests would play into each other's light.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  outputDir: process.env.PRISMATRON_TEST_RESULTS ?? "../../target/browser-results",
  use: {
    baseURL: process.env.PRISMATRON_URL ?? "http://127.0.0.1:8080",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
  projects: [
    { name: "desk", use: { viewport: { width: 1440, height: 900 }, colorScheme: "dark" } },
    {
      name: "phone",
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, deviceScaleFactor: 2, colorScheme: "light" },
    },
  ],
});
