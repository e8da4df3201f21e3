// The display's state as the events tell it: a pure step from one state to the next.
import type { Message, Player, Playing, Status } from "../api/shapes";

export interface Live {
  /** The last number seen; 0 before the first snapshot. */
  seq: number;
  /** Null until the first snapshot. */
  status: Status | null;
  /** When the position in `status.playing` was true, on the page's monotonic clock, in ms. */
  positionAtMs: number;
}

export const unknown: Live = { seq: 0, status: null, positionAtMs: 0 };

/** Applies one message of the events socket, which arrived at `nowMs`. */
export function apply(live: Live, message: Message, nowMs: number): Live {
  if (message.type === "snapshot") {
    // Also the answer to a daemon that was started anew and counts from the beginning.
    return { seq: message.seq, status: message.state, positionAtMs: nowMs };
  }
  const { status } = live;
  if (status === null || message.seq <= live.seq) return live;
  const next = { ...live, seq: message.seq };
  switch (message.type) {
    case "player": {
      const { state, reason, playing } = message;
      return { ...next, positionAtMs: nowMs, status: { ...status, state, reason, playing } };
    }
    case "source":
      return { ...next, status: { ...status, source: message.source } };
    case "brightness":
      return { ...next, status: { ...status, display: { ...status.display, brightness: message.brightness } } };
    case "output":
      return {
        ...next,
        status: {
          ...status,
          outputs: status.outputs.map((output) =>
            output.id === message.id ? { ...output, state: message.state, error: message.error } : output,
          ),
        },
      };
    default:
      return next;
  }
}

/** The connection is lost at `nowMs`: nobody knows whether the light moves on, so the position stands. */
export function freeze(live: Live, nowMs: number): Live {
  const { status, positionAtMs } = live;
  if (!status?.playing) return live;
  const position_s = positionAt(status, status.playing, positionAtMs, nowMs);
  return { ...live, positionAtMs: nowMs, status: { ...status, playing: { ...status.playing, position_s } } };
}

/** Takes over what no event tells (counters, uptime, who drives) from a status that was asked for. */
export function refresh(live: Live, fresh: Status): Live {
  if (live.status === null) return live;
  const { version, instance, uptime_s, source, frames, leds, system } = fresh;
  const outputs = live.status.outputs.map((output) => {
    const counted = fresh.outputs.find((other) => other.id === output.id);
    return counted ? { ...output, frames: counted.frames, leds: counted.leds } : output;
  });
  return { ...live, status: { ...live.status, version, instance, uptime_s, source, frames, leds, system, outputs } };
}

/** Seconds into the item at `nowMs`. */
export function positionAt(player: Pick<Player, "state">, playing: Playing, sinceMs: number, nowMs: number): number {
  const moved = player.state === "playing" ? Math.max(0, nowMs - sinceMs) / 1000 : 0;
  const position = playing.position_s + moved;
  return playing.duration_s === null ? position : Math.min(position, playing.duration_s);
}
