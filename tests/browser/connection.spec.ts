// The two sockets: lost and found again, and no more frames than are looked at.
import type { WebSocketRoute } from "@playwright/test";
import { expect, open, start, test } from "./daemon.js";

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

test("without a connection nothing is called live, the position stands, and each page says so", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Gone"), ["#FF0000"]);
  await daemon.play({ playlist_id: list.id });
  let refused = false;
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/api\/(events|preview)/, (socket) => {
    if (refused) return void socket.close();
    sockets.push(socket);
    socket.connectToServer();
  });
  await start(page);
  const pill = page.locator(".now .pill");
  await expect(pill).toHaveText("Live");
  refused = true;
  for (const socket of sockets) await socket.close();
  await expect(pill).toHaveText("No connection");
  await expect(page.locator(".stage-note")).toHaveText("Reconnecting…");
  await expect(page.locator(".stage-leds")).toHaveCSS("filter", "grayscale(1)");
  await expect(page.locator(".bars")).toHaveCount(0);
  const time = page.locator(".position .time").first();
  const before = await time.textContent();
  await page.waitForTimeout(2200);
  expect(await time.textContent()).toBe(before);
  for (const label of ["Playlists", "Library", "Effects", "Status"]) {
    await open(page, label);
    await expect(page.locator(".offline")).toContainText("Reconnecting…");
    await expect(page.locator(".mini .meta")).toHaveText("Reconnecting…");
    await expect(page.locator(".pill.playing, .lit")).toHaveCount(0);
  }
});

test("a display that answers nothing any more is found out, though the socket to it stays open", async ({ page }) => {
  let silent = false;
  await page.routeWebSocket("**/api/events", (socket) => {
    // As after the display's power was pulled: nothing comes, and nothing ends.
    if (!silent) socket.connectToServer();
  });
  await start(page, "#/status");
  silent = true;
  await page.route("**/api/status", (route) => route.abort());
  await expect(page.locator(".offline")).toContainText("Reconnecting…");
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
