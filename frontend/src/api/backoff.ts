// How long to wait before the next try of a connection.

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** Milliseconds before try number `failures` (from 1). `random` is 0 to 1 and spreads many tabs apart. */
export function waitMs(failures: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return whole * (0.75 + 0.25 * random);
}
