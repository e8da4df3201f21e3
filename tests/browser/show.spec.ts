// From a picture in the hand to light on the LEDs.
import { expect, open, start, test } from "./daemon.js";
import { picture, type Rgb } from "./picture.js";

const GREEN: Rgb = [16, 220, 60];

test("a dropped picture becomes ready, joins a playlist, plays, and its colour is on the LEDs", async ({ page, daemon }) => {
  const name = daemon.name("green");
  const list = daemon.name("Playlist");
  await start(page);

  const bytes = [...picture(80, 48, GREEN, name)];
  await page.evaluate(
    ([content, fileName]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(content)], fileName, { type: "image/png" }));
      for (const type of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
      }
    },
    [bytes, `${name}.png`] as const,
  );
  await expect(page.getByText(`“${name}.png” is ready`)).toBeVisible();

  await open(page, "Library");
  await page.locator(".tile-open", { hasText: name }).click();
  await page.getByRole("button", { name: "Add to playlist" }).click();
  await page.getByRole("button", { name: "New playlist" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(list);
  await page.getByRole("button", { name: "Create and add" }).click();
  await expect(page.getByText(`“${name}.png” is in “${list}”`)).toBeVisible();

  await open(page, "Playlists");
  await page.getByRole("button", { name: `Play ${list}` }).click();
  await open(page, "Play");
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  await expect.poll(() => brightestOf(page.getByRole("img", { name: "Live view of the LEDs" }))).toBe("green");

  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Stopped" })).toBeVisible();
  await expect.poll(() => brightestOf(page.getByRole("img", { name: "Live view of the LEDs" }))).toBe("dark");
});

/** What colour the middle of the preview is, by its brightest pixel. */
async function brightestOf(canvas: import("@playwright/test").Locator): Promise<string> {
  const [r, g, b] = await canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const context = (element as HTMLCanvasElement).getContext("2d")!;
    const { data } = context.getImageData(width * 0.4, height * 0.4, width * 0.2, height * 0.2);
    let best = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const pixel = [data[at]!, data[at + 1]!, data[at + 2]!];
      if (pixel[0]! + pixel[1]! + pixel[2]! > best[0]! + best[1]! + best[2]!) best = pixel;
    }
    return best;
  });
  if (r! + g! + b! < 120) return "dark";
  return g! > 120 && g! > 1.8 * r! && g! > 1.8 * b! ? "green" : `${r} ${g} ${b}`;
}

test("a file that is no picture is shown as rejected, with the reason", async ({ page, daemon }) => {
  const name = daemon.name("words");
  await start(page, "#/library");
  await page
    .locator('input[type="file"]')
    .first()
    .setInputFiles({ name: `${name}.png`, mimeType: "image/png", buffer: Buffer.from(`no picture: ${name}`) });
  await expect(page.getByText(`“${name}.png” cannot be shown:`)).toBeVisible();
  await expect(page.locator(".tile.rejected", { hasText: name })).toBeVisible();
});

test("the brightness follows the hand, and the slider follows the daemon", async ({ page, daemon }) => {
  await daemon.setBrightness(0.8);
  await start(page);
  const slider = page.getByRole("slider", { name: "Brightness" });
  await expect(slider).toHaveValue("0.8");
  await slider.fill("0.25");
  await expect.poll(() => daemon.brightness()).toBeCloseTo(0.25);
  await daemon.setBrightness(0.6);
  await expect(slider).toHaveValue("0.6");
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => daemon.brightness()).toBeCloseTo(0.59);
});
