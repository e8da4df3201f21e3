// Numbers and names as people read them.

/** Keeps a number and its unit on one line. */
const NBSP = "\u00a0";

/** Seconds as a clock: 0:07, 3:20, 1:02:05. Whole seconds, rounded down, as a running clock shows them. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Seconds in words: 0.5 s, 12 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function span(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))}${NBSP}s`;
  const whole = Math.round(seconds);
  const pair = (a: number, unitA: string, b: number, unitB: string) =>
    b === 0 ? `${a}${NBSP}${unitA}` : `${a}${NBSP}${unitA} ${b}${NBSP}${unitB}`;
  if (whole < 60) return `${whole}${NBSP}s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  if (whole < 86_400) return pair(Math.floor(whole / 3600), "h", Math.floor(whole / 60) % 60, "min");
  return pair(Math.floor(whole / 86_400), "d", Math.floor(whole / 3600) % 24, "h");
}

/** Bytes with a decimal unit: 812 B, 4.2 kB, 38 MB. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  // 999.5 would be printed as 1000.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}${NBSP}${units[unit]}`;
}

/** A share of 0 to 1. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}${NBSP}%`;
}

/** Microseconds as a lateness. */
export function micros(us: number): string {
  return us < 1000 ? `${us}${NBSP}µs` : `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)}${NBSP}ms`;
}

/** The daemon's words begin small, as they stand behind a colon; alone they are a sentence. */
export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Letters of a name that fit on one line of a message. */
const NAME_LETTERS = 24;

/** A name inside a sentence: quoted, and cut in its middle if it is long, so that its ending stays. */
export function quoted(name: string): string {
  const letters = [...name];
  if (letters.length <= NAME_LETTERS) return `“${name}”`;
  const tail = 9;
  return `“${letters.slice(0, NAME_LETTERS - tail - 1).join("")}…${letters.slice(-tail).join("")}”`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** What a person typed as a duration: empty is null (natural), undefined is no duration. */
export function parseDuration(text: string): number | null | undefined {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return null;
  const parts = trimmed.replace(/\s*s$/, "").split(":");
  if (parts.length > 3 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return undefined;
  const seconds = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return seconds > 0 ? seconds : undefined;
}
