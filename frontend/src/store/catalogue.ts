// The effects and transitions that the daemon can draw. They do not change while it runs.
import { signal } from "@preact/signals";
import * as client from "../api/client";
import { wordsOf } from "../api/problem";
import type { Effect } from "../api/shapes";

export const effects = signal<readonly Effect[] | null>(null);
export const transitions = signal<readonly Effect[] | null>(null);
/** Why the effects could not be read. */
export const failure = signal<string | null>(null);

/** Without the transitions a playlist is shown and edited all the same: those it has are kept. */
async function loadTransitions(): Promise<void> {
  try {
    transitions.value = await client.transitions();
  } catch {
    // Read again with the next snapshot.
  }
}

export async function load(): Promise<void> {
  void loadTransitions();
  try {
    effects.value = await client.effects();
    failure.value = null;
  } catch (error) {
    failure.value = wordsOf(error);
  }
}
