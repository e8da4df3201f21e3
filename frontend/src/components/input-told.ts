// A live input in one line.
import type { Input } from "../api/shapes";

export const stateWords = { idle: "Idle", active: "Drives", standby: "Waits", failed: "Failed" } as const;

export function told({ kind, state, driving, priority, rate_fps }: Input): string {
  const parts: string[] = [kind];
  if (state === "active" || state === "standby") parts.push(`${Number(rate_fps.toFixed(1))} frames a second`);
  // Its source is gone, and its last light or black stays by its settings.
  else if (driving) parts.push("its last light stays");
  parts.push(`priority ${priority}`);
  return parts.join(" · ");
}
