// What a person meets who sees the page for the first time, and what they may get wrong.
import type { Page } from "@playwright/test";
import { expect, open, start, test } from "./daemon.js";
import { picture } from "./picture.js";

/** The page takes the library for empty, whatever the daemon has. */
async function withEmptyLibrary(page: Page): Promise<void> {
  await page.route("**/api/media?*", (route) => route.fulfill({ json: { items: [], total: 0 } }));
}

async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.locator('input[type="file"]').first().setInputFiles({ name, mimeType: "image/png", buffer });
}

test("the first upload is offered with a button in sight, and its Play stays until it is pressed", async ({ page, daemon }) => {
  const name = daemon.name("first");
  await withEmptyLibrary(page);
  await page.clock.install();
  await start(page);
  const button = page.getByRole("button", { name: "Choose files" });
  await expect(button).toBeVisible();
  const nav = (await page.getByRole("navigation", { name: "Pages" }).boundingBox())!;
  const box = (await button.boundingBox())!;
  const bottom = nav.y > box.y ? nav.y : page.viewportSize()!.height;
  expect(box.y + box.height, "the button's lower edge").toBeLessThanOrEqual(bottom);

  await choose(page, `${name}.png`, picture(20, 12, [200, 20, 20], name));
  const notice = page.locator(".notice", { hasText: `“${name}.png” is ready` });
  await expect(notice).toBeVisible();
  await page.clock.fastForward("05:00");
  await notice.getByRole("button", { name: "Play" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(notice).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Upload pictures or videos" })).toBeVisible();
});

test("an empty file is told by its name, is not sent, and is not to be tried again", async ({ page, daemon }) => {
  const name = daemon.name("nothing");
  const sent: string[] = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await start(page);
  await choose(page, `${name}.png`, Buffer.alloc(0));
  await expect(page.getByText(`“${name}.png” is empty`)).toBeVisible();
  await expect(page.getByRole("button", { name: "Try again" })).toHaveCount(0);
  expect(sent).toEqual([]);
});

test("the same content under another name is told by the name that it has", async ({ page, daemon }) => {
  const name = daemon.name("one");
  const bytes = picture(16, 16, [1, 2, 3], name);
  await daemon.makeMedia(`${name}.png`, bytes);
  await start(page, "#/library");
  await choose(page, "copy.png", bytes);
  await expect(page.getByText(`“copy.png” is in the library already, as “${name}.png”`)).toBeVisible();
});

test("deleting what is lit is asked once, with what happens and to which playlists", async ({ page, daemon }) => {
  const name = daemon.name("lit");
  const file = await daemon.makeMedia(`${name}.png`, picture(16, 16, [9, 200, 9], name));
  const list = await daemon.makeShow(daemon.name("User"), [file]);
  await daemon.play({ media_id: file.id });
  await start(page, "#/library");
  await page.locator(".tile-open", { hasText: name }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("It stays lit until something else plays.");
  await expect(dialog).toContainText(`The playlist “${list.name}” uses it and skips it from then on.`);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.locator(".tile", { hasText: name })).toHaveCount(0);
  const { state } = await daemon.get<{ state: string }>("/api/status");
  expect(state, "as the dialog said").toBe("playing");
});

test("a playlist that the page has not heard of is named before a file in it is deleted", async ({ page, daemon }) => {
  const name = daemon.name("late");
  const file = await daemon.makeMedia(`${name}.png`, picture(16, 16, [9, 9, 200], name));
  await page.route("**/api/playlists?*", (route) => route.fulfill({ json: { items: [], total: 0 } }));
  const list = await daemon.makeShow(daemon.name("Unheard"), [file]);
  await start(page, "#/library");
  await page.locator(".tile-open", { hasText: name }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(dialog).toContainText(list.name);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(page.locator(".tile", { hasText: name })).toHaveCount(0);
});

test("messages are three at most, and cover neither title nor upload button", async ({ page, daemon }) => {
  const name = `${daemon.name("long")}-and-a-name-that-does-not-fit-on-a-line-of-a-message-at-all`;
  await start(page, "#/library");
  for (let n = 0; n < 4; n += 1) await choose(page, `${n}-${name}.png`, picture(8, 8, [n, n, n], `${name} ${n}`));
  await expect(page.locator(".notice")).toHaveCount(3);
  await page.waitForTimeout(500);
  await expect(page.locator(".notice")).toHaveCount(3);
  for (const [label, control] of [["Library", "Upload"], ["Play", "Upload pictures or videos"]] as const) {
    await open(page, label);
    await page.waitForTimeout(300);
    const covered = await page.evaluate((wanted) => {
      const targets = [document.querySelector("h1")!, ...Array.from(document.querySelectorAll("button")).filter((one) => one.textContent === wanted)];
      const notices = Array.from(document.querySelectorAll(".notice")).map((one) => one.getBoundingClientRect());
      const boxes = targets.map((one) => one.getBoundingClientRect());
      return notices.some((notice) =>
        boxes.some((box) => notice.left < box.right && box.left < notice.right && notice.top < box.bottom && box.top < notice.bottom),
      );
    }, control);
    expect(covered, label).toBe(false);
    expect(await page.locator(".notice").count(), "messages on the page").toBeGreaterThan(0);
  }
});
