// Every page and dialog without a fault that axe can find, in both themes, and within the screen.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, start, test } from "./daemon.js";

async function check(page: Page): Promise<void> {
  // Colours in the middle of a fade would be measured.
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
    expect(found).toEqual([]);
  }
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over, "pixels beyond the right edge").toBeLessThanOrEqual(0);
}

for (const hash of ["", "#/playlists", "#/library", "#/effects", "#/status"]) {
  test(`axe finds nothing on ${hash || "#/"}`, async ({ page }) => {
    await start(page, hash);
    await check(page);
  });
}

test("axe finds nothing in a playlist with an item and the adding dialog open", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Access"), ["#FF0000", "#00FF00"]);
  await start(page, `#/playlists/${list.id}`);
  await page.locator(".item-open").first().click();
  await check(page);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: "Effect", exact: true }).click();
  await page.locator(".choice").first().click();
  await check(page);
});

test("everything that is pressed on a phone is large enough for a thumb", async ({ page, daemon }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const list = await daemon.makePlaylist(daemon.name("Thumb"), ["#FF0000", "#00FF00"]);
  for (const hash of ["#/", `#/playlists/${list.id}`, "#/playlists", "#/library", "#/effects"]) {
    await start(page, hash);
    const small = await page.locator("button:visible, nav a:visible").evaluateAll((buttons) =>
      buttons
        .map((button) => ({ name: button.getAttribute("aria-label") ?? button.textContent, box: button.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < 44)
        .map(({ name, box }) => `${name}: ${box.width} x ${box.height}`),
    );
    expect(small, hash).toEqual([]);
  }
});
