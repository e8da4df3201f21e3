import { expect, test } from "vitest";
import { admit, type Notice } from "./notices";

const notice = (id: number, more: Partial<Notice> = {}): Notice => ({
  id, tone: "info", text: `message ${id}`, action: undefined, stays: false, ...more,
});
const ids = (list: readonly Notice[]) => list.map(({ id }) => id);
const admitAll = (...list: Notice[]) => list.reduce<Notice[]>(admit, []);

test("three messages at most are shown, the newest", () => {
  expect(ids(admitAll(notice(1), notice(2), notice(3), notice(4)))).toEqual([2, 3, 4]);
});

test("a message that stays is not pushed out by those that pass", () => {
  const shown = admitAll(notice(1, { stays: true }), notice(2), notice(3), notice(4), notice(5));
  expect(ids(shown)).toEqual([1, 4, 5]);
});

test("if all stay, the oldest makes way", () => {
  const shown = admitAll(...[1, 2, 3, 4].map((id) => notice(id, { stays: true })));
  expect(ids(shown)).toEqual([2, 3, 4]);
});

test("the same words again are shown once", () => {
  expect(ids(admitAll(notice(1, { text: "no" }), notice(2), notice(3, { text: "no" })))).toEqual([2, 3]);
});
