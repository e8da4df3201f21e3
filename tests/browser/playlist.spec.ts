// Editing a playlist: order, settings of an item, and two people at once.
import { expect, start, test, type Playlist } from "./daemon.js";

const COLORS = ["#FF0000", "#00FF00", "#0000FF"];

const order = ({ items }: Playlist) => items.map(({ color }) => color);

test("items are reordered by keyboard, keep the focus, and the order is saved with their ids", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Order"), COLORS);
  await start(page, `#/playlists/${list.id}`);
  const red = page.getByRole("button", { name: /^Move #FF0000: place/ });
  await red.focus();
  await page.keyboard.press("ArrowDown");
  await expect(red).toHaveAccessibleName(/place 2 of 3/);
  await expect(red).toBeFocused();
  await page.keyboard.press("End");
  await expect(red).toHaveAccessibleName(/place 3 of 3/);
  await expect(page.getByText("#FF0000 moved to place 3 of 3")).toBeAttached();
  await expect.poll(async () => order(await daemon.playlist(list.id))).toEqual(["#00FF00", "#0000FF", "#FF0000"]);
  const after = await daemon.playlist(list.id);
  expect(new Set(after.items.map(({ id }) => id))).toEqual(new Set(list.items.map(({ id }) => id)));
});

test("an item is dragged to another place", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Drag"), COLORS);
  await start(page, `#/playlists/${list.id}`);
  const from = (await page.getByRole("button", { name: /^Move #FF0000: place/ }).boundingBox())!;
  const to = (await page.getByRole("button", { name: /^Move #0000FF: place/ }).boundingBox())!;
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2 + 6, { steps: 8 });
  // The landing place is worked out with the next picture that the browser draws.
  await page.waitForTimeout(100);
  await page.mouse.up();
  await expect.poll(async () => order(await daemon.playlist(list.id))).toEqual(["#00FF00", "#0000FF", "#FF0000"]);
});

test("an item's duration and transition are saved", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Item"), COLORS);
  await start(page, `#/playlists/${list.id}`);
  await page.locator(".item-open", { hasText: "#00FF00" }).click();
  await page.getByLabel("Duration in seconds").fill("1:30");
  await page.getByLabel("Comes in by").selectOption("crossfade");
  await page.getByLabel("Seconds of crossfade").fill("2.5");
  await page.getByLabel("Seconds of crossfade").blur();
  await expect
    .poll(async () => (await daemon.playlist(list.id)).items[1])
    .toMatchObject({ duration_s: 90, transition: { kind: "crossfade", duration_s: 2.5 } });
  await page.getByLabel("Duration in seconds").fill("");
  await page.getByLabel("Duration in seconds").blur();
  await expect.poll(async () => (await daemon.playlist(list.id)).items[1]).toMatchObject({ duration_s: null });
});

test("an item comes several times in a row, or is switched off for a while", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Times"), COLORS);
  await start(page, `#/playlists/${list.id}`);
  const row = page.locator(".item-open", { hasText: "#00FF00" });
  await row.click();
  await page.getByLabel("Times in a row").fill("3");
  await page.getByLabel("Times in a row").blur();
  await expect.poll(async () => (await daemon.playlist(list.id)).items[1]).toMatchObject({ repeat: 3, enabled: true });
  await expect(row).toContainText("3 times");
  await page.getByRole("switch", { name: "Is played" }).click();
  await expect.poll(async () => (await daemon.playlist(list.id)).items[1]).toMatchObject({ repeat: 3, enabled: false });
  await expect(row).toContainText("Switched off");
  await page.getByRole("switch", { name: "Is played" }).click();
  await expect.poll(async () => (await daemon.playlist(list.id)).items[1]).toMatchObject({ enabled: true });
});

test("an effect is added with its parameters", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Effect"), ["#FF0000"]);
  const { items: effects } = await daemon.get<{ items: { id: string; name: string; params: { properties: object } }[] }>(
    "/api/effects",
  );
  const effect = effects.find(({ params }) => "speed" in params.properties)!;
  await start(page, `#/playlists/${list.id}`);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: "Effect", exact: true }).click();
  await page.locator(".choice", { hasText: effect.name }).click();
  await page.getByRole("spinbutton", { name: "Speed" }).fill("2");
  await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
  await expect
    .poll(async () => (await daemon.playlist(list.id)).items[1])
    .toMatchObject({ kind: "effect", effect: effect.id, params: { speed: 2 } });
});

test("an edit over someone else's change says so, and can be put back", async ({ page, daemon }) => {
  const list = await daemon.makePlaylist(daemon.name("Two"), COLORS);
  // This page is not told of the other's change in time, as on a bad network.
  await page.routeWebSocket("**/api/events", (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (!String(message).includes('"type":"playlist"')) socket.send(message);
    });
  });
  await start(page, `#/playlists/${list.id}`);
  await expect(page.getByRole("heading", { level: 1, name: list.name })).toBeVisible();
  // All that it asks for at its start was answered before the other comes.
  await page.waitForLoadState("networkidle");
  await daemon.overwrite(list, `${list.name} of another`);

  await page.getByRole("button", { name: "Shuffle" }).click();
  await expect(page.getByText("Someone else changed this playlist.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`${list.name} of another`);
  await page.getByRole("button", { name: "Use mine instead" }).click();
  await expect.poll(() => daemon.playlist(list.id)).toMatchObject({ name: list.name, shuffle: true });
  expect(order(await daemon.playlist(list.id))).toEqual(COLORS);
});
