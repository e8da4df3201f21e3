import { expect, test } from "vitest";
import { waitMs } from "./backoff";

test("each failed try doubles the wait, up to ten seconds", () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((failures) => waitMs(failures, 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 10_000, 10_000,
  ]);
});

test("tabs do not come back all at once, and never sooner than three quarters of the wait", () => {
  expect(waitMs(1, 0)).toBe(375);
  expect(waitMs(1, 0.5)).toBe(437.5);
});
