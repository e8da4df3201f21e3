import { expect, test } from "vitest";
import { clock, parseDuration, percent, quoted, size, span } from "./format";

function table<A, B>(name: string, apply: (input: A) => B, cases: [A, B][]) {
  test(name, () => {
    for (const [input, expected] of cases) expect(apply(input), String(input)).toEqual(expected);
  });
}

table("a position is shown as a clock", clock, [
  [0, "0:00"],
  [6.99, "0:06"],
  [-1, "0:00"],
  [59.9999999, "1:00"],
  [200, "3:20"],
  [3725, "1:02:05"],
]);

table("a span is shown in its two largest units", span, [
  [0.5, "0.5\u00a0s"],
  [5, "5\u00a0s"],
  [12.4, "12\u00a0s"],
  [59.6, "1\u00a0min"],
  [200, "3\u00a0min 20\u00a0s"],
  [7500, "2\u00a0h 5\u00a0min"],
  [273_600, "3\u00a0d 4\u00a0h"],
]);

table("a size never needs four digits", size, [
  [0, "0\u00a0B"],
  [999, "999\u00a0B"],
  [1000, "1.0\u00a0kB"],
  [9_960, "10\u00a0kB"],
  [38_200_000, "38\u00a0MB"],
  [999_600_000, "1.0\u00a0GB"],
]);

table("a typed duration is seconds, minutes and seconds, or empty for natural", parseDuration, [
  ["", null],
  ["  ", null],
  ["12", 12],
  ["0,5", 0.5],
  ["30 s", 30],
  ["1:30", 90],
  ["1:00:01", 3601],
  ["0", undefined],
  ["-3", undefined],
  ["soon", undefined],
  ["1:2:3:4", undefined],
]);

test("a share keeps its sign on its line", () => {
  expect(percent(0.256)).toBe("26\u00a0%");
});

test("a name in a sentence is quoted, and a long one keeps its beginning and its ending", () => {
  expect(quoted("quads.png")).toBe("“quads.png”");
  expect(quoted("a".repeat(24))).toBe(`“${"a".repeat(24)}”`);
  const long = quoted("holiday-by-the-sea-with-everyone-from-the-office.mp4");
  expect(long).toBe("“holiday-by-the…ffice.mp4”");
  expect([...long].length).toBe(26);
  // Letters of two code units are not torn apart.
  expect(quoted("🌈".repeat(40))).toBe(`“${"🌈".repeat(14)}…${"🌈".repeat(9)}”`);
});
