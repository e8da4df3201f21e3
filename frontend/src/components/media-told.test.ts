import { expect, test } from "vitest";
import type { Media, Playlist } from "../api/shapes";
import { naturalOf } from "../item";
import { toldOf, usedBy } from "./media-told";

const file: Media = {
  id: "m", name: "a", kind: "image", width: 500, height: 300, duration_s: null, bytes: 2900, state: "ready", error: null,
};

test("a file is told by kind, length, pixels and size, with units that stay with their numbers", () => {
  const check = (change: Partial<Media>, words: string) => expect(toldOf({ ...file, ...change }).replaceAll("\u00a0", "_")).toBe(words);
  check({}, "Image · 500_×_300 · 2.9_kB");
  check({ kind: "video", duration_s: 95 }, "Video · 1_min 35_s · 500_×_300 · 2.9_kB");
  check({ kind: "animation", duration_s: 1.2 }, "Animation · 1.2_s loop · 500_×_300 · 2.9_kB");
  check({ kind: "video", duration_s: null }, "Video · 500_×_300 · 2.9_kB");
  check({ kind: "unknown", width: 0, height: 0, state: "processing" }, "2.9_kB");
});

test("the natural length is what the daemon plays: a video once, an animation for five seconds at least", () => {
  expect(naturalOf({ kind: "image", duration_s: null })).toBe(10);
  expect(naturalOf({ kind: "video", duration_s: 3.5 })).toBe(3.5);
  expect(naturalOf({ kind: "video", duration_s: null })).toBe(10);
  expect(naturalOf({ kind: "animation", duration_s: 1.2 })).toBe(5);
  expect(naturalOf({ kind: "animation", duration_s: 8 })).toBe(8);
});

const list = (name: string, ...media: string[]): Playlist => ({
  id: name, name, revision: 1, loop: true, shuffle: false,
  items: media.map((media_id) => ({ kind: "media", media_id, duration_s: null, fit: "cover", transition: null })),
});

test("the playlists that would miss a file are named, and counted where they are many", () => {
  const check = (lists: Playlist[], words: string | null) => expect(usedBy(lists, "m")).toBe(words);
  check([list("A", "other"), list("B")], null);
  check([list("A", "m", "m"), list("B", "other")], "The playlist “A” uses it and skips it from then on.");
  check([list("A", "m"), list("B", "m")], "The playlists “A” and “B” use it and skip it from then on.");
  check(["A", "B", "C", "D"].map((name) => list(name, "m")), "The playlists “A”, “B”, “C” and “D” use it and skip it from then on.");
  check(["A", "B", "C", "D", "E"].map((name) => list(name, "m")), "The playlists “A”, “B”, “C” and 2 more use it and skip it from then on.");
});
