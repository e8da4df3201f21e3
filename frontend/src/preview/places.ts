// Where each LED is drawn, in pixels of the canvas.
import type { Layout } from "../api/shapes";

export interface Places {
  /** x and y of each LED's centre, in turn. */
  centres: Float32Array;
  /** The distance between neighbours, in pixels. */
  pitch: number;
  /** For a matrix: which cell of the grid each LED is; else null. */
  cells: { columns: number; rows: number; index: Uint32Array } | null;
}

/** LEDs looked at for the pitch of free points: enough for a median, few enough for thousands of LEDs. */
const PITCH_SAMPLES = 64;

export function place(layout: Layout, width: number, height: number): Places {
  const centres = new Float32Array(layout.leds.length * 2);
  layout.leds.forEach(([x, y], led) => {
    centres[led * 2] = x * width;
    centres[led * 2 + 1] = y * height;
  });
  const { columns, rows } = layout;
  if (layout.kind === "matrix" && columns > 0 && rows > 0) {
    const index = Uint32Array.from(layout.leds, ([x, y]) => {
      const column = Math.min(columns - 1, Math.max(0, Math.floor(x * columns)));
      const row = Math.min(rows - 1, Math.max(0, Math.floor(y * rows)));
      return row * columns + column;
    });
    return { centres, pitch: Math.min(width / columns, height / rows), cells: { columns, rows, index } };
  }
  return { centres, pitch: pitchOf(centres, width, height), cells: null };
}

/** The median distance to the nearest neighbour. A few far-off LEDs do not change it. */
function pitchOf(centres: Float32Array, width: number, height: number): number {
  const leds = centres.length / 2;
  const widest = Math.max(2, Math.sqrt((width * height) / Math.max(1, leds)) * 1.2);
  const nearest: number[] = [];
  const step = Math.max(1, Math.floor(leds / PITCH_SAMPLES));
  for (let a = 0; a < leds; a += step) {
    let best = Infinity;
    for (let b = 0; b < leds; b += 1) {
      if (a === b) continue;
      const distance = Math.hypot(centres[a * 2]! - centres[b * 2]!, centres[a * 2 + 1]! - centres[b * 2 + 1]!);
      // Two LEDs at one place (mirrored outputs) say nothing about the distance.
      if (distance > 0.01 && distance < best) best = distance;
    }
    if (best < Infinity) nearest.push(best);
  }
  nearest.sort((a, b) => a - b);
  return Math.min(widest, nearest[Math.floor(nearest.length / 2)] ?? widest);
}
