import { expect, test } from "vitest";
import { aside, landing, move } from "./reorder";

test("an item moves to its new place and the others keep their order", () => {
  const check = (from: number, to: number, expected: string) =>
    expect(move([..."abcd"], from, to).join(""), `${from} to ${to}`).toBe(expected);
  check(0, 2, "bcad");
  check(3, 0, "dabc");
  check(1, 1, "abcd");
  check(0, 99, "bcda");
  check(2, -5, "cabd");
  check(9, 0, "abcd");
});

test("a dragged row lands where it covers its neighbour's middle", () => {
  const rows = [0, 60, 120, 180].map((top) => ({ top, height: 50 }));
  const check = (from: number, dy: number, expected: number) =>
    expect(landing(rows, from, dy), `row ${from} by ${dy}`).toBe(expected);
  check(0, 0, 0);
  check(0, 34, 0);
  check(0, 36, 1);
  check(0, 500, 3);
  check(3, -34, 3);
  check(3, -36, 2);
  check(3, -500, 0);
  check(1, 36, 2);
  check(1, -36, 0);
});

test("rows between the old and the new place make way", () => {
  expect([0, 1, 2, 3].map((index) => aside(index, 0, 2, 60))).toEqual([0, -60, -60, 0]);
  expect([0, 1, 2, 3].map((index) => aside(index, 3, 1, 60))).toEqual([0, 60, 60, 0]);
});
