// The live inputs, for daemons that have any.
import { signal } from "@preact/signals";
import * as client from "../api/client";
import type { Change, Input } from "../api/shapes";

/** Null until read, and where the daemon has no inputs. */
export const inputs = signal<readonly Input[] | null>(null);

/** Silent on failure: a daemon without this route has nothing to show, and a lost connection is told already. */
export async function load(): Promise<void> {
  try {
    inputs.value = await client.inputs();
  } catch {
    inputs.value = null;
  }
}

export function follow(change: Change): void {
  if (change.type !== "input" || inputs.value === null) return;
  const { input } = change;
  inputs.value = inputs.value.map((old) => (old.id === input.id ? input : old));
}
