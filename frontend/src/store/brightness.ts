// The brightness as the hand has it while it moves, else as the daemon has it.
import { computed, signal } from "@preact/signals";
import * as client from "../api/client";
import { wordsOf } from "../api/problem";
import { throttle } from "../throttle";
import { status } from "./display";
import { say } from "./notices";

const SPACING_MS = 80;
/** After the last answer the hand's value stays this long, so that a late event of an earlier one does not make the slider jump. */
const LINGER_MS = 600;

const byHand = signal<number | null>(null);
export const brightness = computed(() => byHand.value ?? status.value?.display.brightness ?? null);

let timer: ReturnType<typeof setTimeout> | undefined;
const line = throttle(client.setBrightness, SPACING_MS, (idle, error) => {
  if (error !== undefined) {
    say("bad", `The brightness was not changed: ${wordsOf(error)}`);
    byHand.value = null;
  } else if (idle) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      byHand.value = null;
    }, LINGER_MS);
  }
});

export function set(value: number): void {
  clearTimeout(timer);
  byHand.value = value;
  line.push(value);
}
