// Animations and videos, and how items come in.
import { expect, open, start, test } from "./daemon.js";
import { animation, picture, video } from "./picture.js";

test("an animation is told by its kind and length in the library and in a playlist", async ({ page, daemon }) => {
  const name = daemon.name("Loop");
  const bytes = animation(40, 24, [[255, 0, 0], [0, 0, 255]], 700, name);
  await start(page, "#/library");
  const input = page.locator('input[type="file"]').first();
  await expect(input).toHaveAttribute("accept", /video\/\*/);
  await input.setInputFiles({ name: `${name}.png`, mimeType: "image/apng", buffer: bytes });
  const tile = page.locator(".tile-open", { hasText: name });
  await expect(tile.locator(".meta")).toHaveText(/^Animation · 1\.4\ss loop · 40\s×\s24 · /);

  const { items } = await daemon.get<{ items: { id: string; name: string; kind: string; state: string }[] }>("/api/media?limit=1000");
  const list = await daemon.makeShow(daemon.name("Show"), items.filter((one) => one.name.includes(name)));
  await page.goto(`/#/playlists/${list.id}`);
  await expect(page.locator(".item-open .meta")).toHaveText("Animation · 5 s");
});

test("a video is uploaded, told by its kind and length, and plays", async ({ page, daemon }) => {
  test.setTimeout(90_000);
  const name = daemon.name("Film");
  const bytes = video(80, 48, "green", 3, name);
  // For the counts of .ci/test, which reads such lines.
  if (bytes === null) console.log("skipped: a video on the page in a browser: ffmpeg is not installed");
  test.skip(bytes === null, "ffmpeg is not installed");
  await start(page, "#/library");
  await page
    .locator('input[type="file"]')
    .first()
    .setInputFiles({ name: `${name}.mp4`, mimeType: "video/mp4", buffer: bytes! });
  const tile = page.locator(".tile", { hasText: name });
  await expect(tile.locator(".meta")).toHaveText(/^Video · 3\ss · 80\s×\s48 · /, { timeout: 30_000 });
  await tile.getByRole("button", { name: `Play ${name}.mp4` }).click();
  await expect(tile.locator(".meta")).toHaveText(/^Live · Video · /);
  await open(page, "Play");
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.locator(".now .meta")).toHaveText("LiveVideo");
});

test("a fade has seconds, a curve and a colour, and the row tells them", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Fade"), ["#FF0000", "#00FF00"]);
  const transition = async () => (await daemon.playlist(list.id)).items[1]!.transition;
  await start(page, `#/playlists/${list.id}`);
  const row = page.locator(".item-open", { hasText: "#00FF00" });
  await row.click();
  const kind = page.getByLabel("Comes in by");
  await kind.selectOption({ label: "Fade through a colour" });
  await expect(row.locator(".meta")).toHaveText("Colour · 1 min · 1 s fade");
  await page.getByLabel("Seconds of fade").fill("2.5");
  await page.getByLabel("Seconds of fade").blur();
  await page.getByLabel("Curve of fade").selectOption({ label: "Smooth" });
  await page.getByLabel("Colour of fade").fill("#ff8000");
  await expect.poll(transition).toMatchObject({ kind: "fade", duration_s: 2.5, curve: "smooth", color: "#FF8000" });
  await expect(row.locator(".meta")).toHaveText("Colour · 1 min · 2.5 s smooth fade through #FF8000");

  // What a crossfade has not goes, or the daemon would refuse the list.
  await kind.selectOption({ label: "Crossfade" });
  await expect.poll(transition).toMatchObject({ kind: "crossfade", duration_s: 2.5, curve: "smooth" });
  await expect(row.locator(".meta")).toHaveText("Colour · 1 min · 2.5 s smooth crossfade");
  await page.getByLabel("Seconds of crossfade").fill("9999");
  await page.getByLabel("Seconds of crossfade").blur();
  await expect(page.getByLabel("Seconds of crossfade")).toHaveValue("60");
  await kind.selectOption({ label: "Cut" });
  await expect.poll(transition).toBeNull();
  await expect(row.locator(".meta")).toHaveText("Colour · 1 min");
});

test("the adding dialog tells kinds", async ({ page, daemon }) => {
  const name = daemon.name("Still");
  await daemon.makeMedia(`${name}.png`, picture(10, 10, [9, 9, 9], name));
  const list = await daemon.makePlaylist(daemon.name("Add"), []);
  await start(page, `#/playlists/${list.id}`);
  await page.getByRole("button", { name: "Add something" }).click();
  await expect(page.locator(".choice", { hasText: name }).locator(".meta")).toHaveText("Image");
});
