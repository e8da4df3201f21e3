// The two sockets: lost and found again, and no more frames than are looked at.
import type { WebSocketRoute } from "@playwright/test";
import { expect, start, test } from "./daemon.js";

test("a lost connection is said, and found again by itself", async ({ page }) => {
  const sockets: WebSocketRoute[] = [];
  let refused = false;
  await page.routeWebSocket("**/api/events", (socket) => {
    if (refused) {
      void socket.close();
      return;
    }
    sockets.push(socket);
    socket.connectToServer();
  });
  await start(page);
  const strip = page.locator(".strip-words");
  await expect(strip).not.toHaveText(/onnecting/);
  refused = true;
  await sockets[0]!.close();
  await expect(strip).toHaveText("Reconnecting…");
  refused = false;
  await expect(strip).not.toHaveText(/onnecting/, { timeout: 15_000 });
});

test("preview frames come at most thirty times a second, and not while the tab is hidden", async ({ page }) => {
  let frames = 0;
  let closed = 0;
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/api/preview")) return;
    socket.on("framereceived", () => (frames += 1));
    socket.on("close", () => (closed += 1));
  });
  await start(page);
  await expect.poll(() => frames).toBeGreaterThan(0);
  const before = frames;
  await page.waitForTimeout(2000);
  expect(frames - before).toBeLessThanOrEqual(62);

  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await expect.poll(() => closed).toBe(1);
  const still = frames;
  await page.waitForTimeout(500);
  expect(frames).toBe(still);
  await hide(false);
  await expect.poll(() => frames).toBeGreaterThan(still);
});
