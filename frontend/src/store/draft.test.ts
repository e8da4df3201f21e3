import { expect, test } from "vitest";
import type { Tagged } from "../api/client";
import type { Item } from "../api/shapes";
import * as drafts from "./draft";

const item = (color: string, id?: string): Item => ({
  id,
  kind: "color",
  color,
  duration_s: null,
  fit: "cover",
  transition: null,
});

const tagged = (revision: number, ...items: Item[]): Tagged => ({
  etag: `"${revision}"`,
  playlist: { id: "p", name: "Evening", loop: true, shuffle: false, revision, items },
});

const ids = (draft: drafts.Draft) => draft.items.map(({ item: { id } }) => id);

test("an added item gets its id from the answer and keeps its key", () => {
  let draft = drafts.open(tagged(1, item("#FF0000", "a")));
  draft = drafts.edit(draft, { items: [...draft.items, { key: "new", item: item("#00FF00") }] });
  draft = drafts.saveBegun(draft);
  const sent = draft.items.map(({ key }) => key);
  draft = drafts.saveDone(draft, sent, tagged(2, item("#FF0000", "a"), item("#00FF00", "b")));
  expect(ids(draft)).toEqual(["a", "b"]);
  expect(draft.items[1]?.key).toBe("new");
  expect(draft.etag).toBe('"2"');
  expect(draft.saving).toEqual({ step: "saved" });
});

test("an edit made while a save is under way stays to be saved", () => {
  let draft = drafts.open(tagged(1, item("#FF0000", "a")));
  draft = drafts.edit(draft, { items: [...draft.items, { key: "new", item: item("#00FF00") }] });
  draft = drafts.saveBegun(draft);
  const sent = draft.items.map(({ key }) => key);
  draft = drafts.edit(draft, { items: draft.items.slice().reverse() });
  draft = drafts.saveDone(draft, sent, tagged(2, item("#FF0000", "a"), item("#00FF00", "b")));
  expect(ids(draft)).toEqual(["b", "a"]);
  expect(draft.saving).toEqual({ step: "edited" });
  expect(drafts.isUnsaved(draft)).toBe(true);
});

test("a failed save keeps the edit", () => {
  let draft = drafts.edit(drafts.open(tagged(1)), { name: "Night" });
  draft = drafts.saveFailed(drafts.saveBegun(draft), "no space");
  expect(draft.name).toBe("Night");
  expect(draft.saving).toEqual({ step: "failed", words: "no space" });
  expect(drafts.isUnsaved(draft)).toBe(true);
});

test("overtaken by someone else, theirs is shown and mine can be put back", () => {
  let draft = drafts.open(tagged(1, item("#FF0000", "a"), item("#0000FF", "b")));
  draft = drafts.edit(draft, { name: "Mine", items: draft.items.slice().reverse() });
  draft = drafts.overtaken(drafts.saveBegun(draft), tagged(5, item("#FF0000", "a")));
  expect(draft.name).toBe("Evening");
  expect(ids(draft)).toEqual(["a"]);
  draft = drafts.putBack(draft);
  expect(draft.name).toBe("Mine");
  expect(ids(draft)).toEqual([undefined, "a"]);
  expect(draft.etag).toBe('"5"');
  expect(draft.saving).toEqual({ step: "edited" });
});

test("another's change is followed only while nothing of mine waits", () => {
  const clean = drafts.open(tagged(1, item("#FF0000", "a")));
  const theirs = tagged(2, item("#00FF00", "b"));
  expect(ids(drafts.follow(clean, theirs))).toEqual(["b"]);
  const dirty = drafts.edit(clean, { loop: false });
  expect(drafts.follow(dirty, theirs)).toBe(dirty);
  expect(drafts.follow(clean, tagged(1, item("#00FF00", "b")))).toBe(clean);
});

test("a round's length is known only if every item's is", () => {
  const list = { items: [{ ...item("#FF0000"), duration_s: 4 }, item("#00FF00")] };
  expect(drafts.total(list, () => 10)).toBe(14);
  expect(drafts.total(list, () => null)).toBeNull();
  const often = { items: [{ ...item("#FF0000"), repeat: 3 }, { ...item("#00FF00"), enabled: false, repeat: 9 }] };
  expect(drafts.total(often, () => 10)).toBe(30);
});
