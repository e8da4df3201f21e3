import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { throttle } from "./throttle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first value goes at once, the ones between are dropped, the last one arrives", async () => {
  const sent: number[] = [];
  const line = throttle<number>(async (value) => void sent.push(value), 100, () => {});
  line.push(1);
  line.push(2);
  line.push(3);
  expect(sent).toEqual([1]);
  await vi.advanceTimersByTimeAsync(99);
  expect(sent).toEqual([1]);
  await vi.advanceTimersByTimeAsync(2);
  expect(sent).toEqual([1, 3]);
  await vi.advanceTimersByTimeAsync(500);
  expect(sent).toEqual([1, 3]);
});

test("a slow call is never overtaken by the next", async () => {
  const sent: number[] = [];
  const release: (() => void)[] = [];
  const line = throttle<number>(
    (value) => {
      sent.push(value);
      return new Promise<void>((resolve) => release.push(resolve));
    },
    100,
    () => {},
  );
  line.push(1);
  line.push(2);
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual([1]);
  release[0]!();
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toEqual([1, 2]);
});

test("a failure is told and does not stop the next value", async () => {
  const told: [boolean, unknown][] = [];
  const line = throttle<number>(
    async (value) => {
      if (value === 1) throw new Error("no");
    },
    10,
    (idle, error) => told.push([idle, error]),
  );
  line.push(1);
  await vi.advanceTimersByTimeAsync(20);
  line.push(2);
  await vi.advanceTimersByTimeAsync(20);
  expect(told).toEqual([
    [true, new Error("no")],
    [true, undefined],
  ]);
});
