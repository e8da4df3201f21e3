import { expect, test } from "vitest";
import { place } from "./places";

test("a serpentine matrix puts each LED into the cell where it hangs", () => {
  const layout = {
    kind: "matrix",
    columns: 2,
    rows: 2,
    leds: [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]] as [number, number][],
  };
  const places = place(layout, 200, 100);
  expect([...places.cells!.index]).toEqual([0, 1, 3, 2]);
  expect([...places.centres]).toEqual([50, 25, 150, 25, 150, 75, 50, 75]);
  expect(places.pitch).toBe(50);
});

test("points are spaced by their usual distance, whatever a stray one does", () => {
  const leds = Array.from({ length: 10 }, (_, n): [number, number] => [0.1 + n * 0.05, 0.5]);
  const places = place({ kind: "points", columns: 0, rows: 0, leds: [...leds, [0.99, 0.99]] }, 1000, 500);
  expect(places.cells).toBeNull();
  expect(places.pitch).toBeCloseTo(50, 1);
});

test("a single LED is drawn as a dot, not as the whole canvas without end", () => {
  const places = place({ kind: "points", columns: 0, rows: 0, leds: [[0.5, 0.5]] }, 100, 100);
  expect(places.pitch).toBeCloseTo(120);
});

test("LEDs at one place do not make the distance zero", () => {
  const leds: [number, number][] = [[0.2, 0.5], [0.2, 0.5], [0.4, 0.5], [0.4, 0.5]];
  expect(place({ kind: "points", columns: 0, rows: 0, leds }, 100, 100).pitch).toBeCloseTo(20);
});
