// Who drives the display, and what the status page says about it.
import type { Page } from "@playwright/test";
import { expect, open, start, test } from "./daemon.js";

/** The daemon's own status with a few things otherwise, in the events and where it is asked for. */
async function withStatus(page: Page, change: (status: Record<string, unknown>) => void): Promise<void> {
  await page.routeWebSocket("**/api/events", (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      const event = JSON.parse(String(message)) as { type: string; state: Record<string, unknown> };
      if (event.type === "snapshot") change(event.state);
      socket.send(JSON.stringify(event));
    });
  });
  await page.route("**/api/status", async (route) => {
    const response = await route.fetch();
    const status = (await response.json()) as Record<string, unknown>;
    change(status);
    await route.fulfill({ json: status });
  });
}

const inputs = [
  { id: "live", kind: "ring", state: "active", driving: true, priority: 100, frames: 900, rate_fps: 29.97, target: "prismatron_main_live", error: null },
  { id: "side", kind: "ring", state: "failed", driving: false, priority: 90, frames: 0, rate_fps: 0, target: "prismatron_main_side", error: "no room" },
];

test("a live input that drives is named on the Play page and listed on Status", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Behind"), ["#FF0000"]);
  await daemon.play({ playlist_id: list.id });
  await withStatus(page, (status) => (status["source"] = "live"));
  await page.route("**/api/inputs?*", (route) => route.fulfill({ json: { items: inputs, total: 2 } }));
  await page.route("**/api/inputs", (route) => route.fulfill({ json: { items: inputs, total: 2 } }));
  await start(page);
  const banner = page.locator(".banner.driver");
  await expect(banner).toContainText("live drives the display");
  await expect(banner).toContainText("30 frames a second");
  await expect(page.locator(".now .pill")).toHaveText("Behind live");
  await expect(page.locator(".queue-row"), "the list that plays behind it").not.toHaveCount(0);
  await expect(page.locator(".queue-row.lit")).toHaveCount(0);
  await open(page, "Status");
  const section = page.locator("section", { has: page.getByRole("heading", { name: "Inputs" }) });
  await expect(section.locator(".output")).toHaveCount(2);
  await expect(section).toContainText("No room");
  await expect(page.locator(".fact", { hasText: "Driven by" })).toContainText("live");
});

test("a daemon without inputs has nothing of them on the page", async ({ page }) => {
  await page.route("**/api/inputs*", (route) => route.fulfill({ status: 404, json: { detail: "there is no /api/inputs" } }));
  await start(page, "#/status");
  await expect(page.locator(".fact", { hasText: "Driven by" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Inputs" })).toHaveCount(0);
});

test("late frames are a fault only where they are many, and the sandbox is told", async ({ page }) => {
  let late = 5;
  await withStatus(page, (status) => {
    Object.assign(status["frames"] as object, { presented: 1000, late });
    (status["system"] as Record<string, unknown>)["sandbox"] = {
      state: "full", landlock_abi: 7, landlock: "full", seccomp: true, reason: null,
    };
  });
  await start(page, "#/status");
  const fact = page.locator(".fact", { has: page.getByText("Late", { exact: true }) });
  await expect(fact).toContainText("5 (0.50 %)");
  await expect(fact).not.toHaveClass(/bad/);
  await expect(page.locator(".strip")).not.toContainText("late");
  await expect(page.getByText("Files are opened in a sandbox: full (landlock 7, seccomp)")).toBeVisible();
  late = 20;
  await expect(fact).toHaveClass(/bad/);
});
