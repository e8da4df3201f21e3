import { expect, test } from "vitest";
import { clock, parseDuration, size, span } from "./format";

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
  [0.5, "0.5 s"],
  [5, "5 s"],
  [12.4, "12 s"],
  [59.6, "1 min"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
  [273_600, "3 d 4 h"],
]);

table("a size never needs four digits", size, [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [9_960, "10 kB"],
  [38_200_000, "38 MB"],
  [999_600_000, "1.0 GB"],
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
