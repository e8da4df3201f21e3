// Short messages to the person: what went wrong, what was done.
import { signal } from "@preact/signals";
import { wordsOf } from "../api/problem";

export interface Action {
  label: string;
  run(): void;
}

export interface Notice {
  id: number;
  tone: "info" | "good" | "bad";
  text: string;
  action: Action | undefined;
}

const STAY_MS = 6_000;
const STAY_BAD_MS = 14_000;
const MOST = 4;

export const notices = signal<readonly Notice[]>([]);
let last = 0;

export function say(tone: Notice["tone"], text: string, action?: Action): void {
  // The same words again: the old message makes way, so that a repeated fault does not fill the screen.
  const others = notices.value.filter((notice) => notice.text !== text);
  const id = (last += 1);
  notices.value = [...others, { id, tone, text, action }].slice(-MOST);
  setTimeout(dismiss, tone === "bad" || action ? STAY_BAD_MS : STAY_MS, id);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** Does something that may fail; a failure is told as "`what`: why". True if it went well. */
export async function attempt(what: string, run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    say("bad", `${what}: ${wordsOf(error)}`);
    return false;
  }
}
