// The effects that the daemon can draw. They do not change while it runs.
import { signal } from "@preact/signals";
import * as client from "../api/client";
import { wordsOf } from "../api/problem";
import type { Effect } from "../api/shapes";

export const effects = signal<readonly Effect[] | null>(null);
export const failure = signal<string | null>(null);

export async function load(): Promise<void> {
  try {
    effects.value = await client.effects();
    failure.value = null;
  } catch (error) {
    failure.value = wordsOf(error);
  }
}
