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
  /** Stays until it is dismissed or acted on. */
  stays: boolean;
}

const STAY_MS = 6_000;
const STAY_BAD_MS = 14_000;
const MOST = 3;

export const notices = signal<readonly Notice[]>([]);
let last = 0;

export function say(tone: Notice["tone"], text: string, action?: Action, stays = false): void {
  const id = (last += 1);
  notices.value = admit(notices.value, { id, tone, text, action, stays });
  if (!stays) setTimeout(dismiss, tone === "bad" || action ? STAY_BAD_MS : STAY_MS, id);
}

/** The messages with one more. The oldest that would go by itself makes way for it. */
export function admit(shown: readonly Notice[], fresh: Notice): Notice[] {
  // The same words again: a repeated fault does not fill the screen.
  const kept = shown.filter(({ text }) => text !== fresh.text);
  while (kept.length >= MOST) {
    const passing = kept.findIndex(({ stays }) => !stays);
    kept.splice(Math.max(0, passing), 1);
  }
  return [...kept, fresh];
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
