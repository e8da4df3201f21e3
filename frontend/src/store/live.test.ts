import { expect, test } from "vitest";
import type { Change, Message, Playing, Status } from "../api/shapes";
import { apply, freeze, positionAt, refresh, unknown, type Live } from "./live";

const playing: Playing = {
  playlist_id: "p1",
  playlist_name: "Evening",
  item_id: "i1",
  kind: "media",
  name: "sunset.png",
  media_id: "m1",
  effect: null,
  index: 0,
  count: 2,
  position_s: 2,
  duration_s: 10,
};

const status: Status = {
  version: "0.1.0",
  instance: "main",
  uptime_s: 5,
  state: "stopped",
  reason: null,
  playing: null,
  source: "none",
  display: { width: 800, height: 480, fps: 60, brightness: 0.8 },
  leds: 2048,
  frames: { presented: 0, late: 0, ran_late: 0, dropped: 0, lateness_us: { p50: 0, p99: 0, max: 0 } },
  outputs: [
    { id: "wall", kind: "ddp", state: "opening", error: null },
    { id: "sign", kind: "null", state: "ok", error: null },
  ],
  system: {},
};

const snapshot = (seq: number, state = status): Message => ({ seq, type: "snapshot", state });
const change = (seq: number, what: Change): Message => ({ seq, ...what });
const run = (...messages: Message[]): Live =>
  messages.reduce((live, message, index) => apply(live, message, index * 1000), unknown);

test("a snapshot and the changes after it give the present state", () => {
  const live = run(
    snapshot(4),
    change(5, { type: "player", state: "playing", reason: null, playing }),
    change(6, { type: "brightness", brightness: 0.25 }),
    change(7, { type: "output", id: "wall", state: "failed", error: "no route" }),
    change(8, { type: "playlist", id: "p1", revision: 3 }),
  );
  expect(live.seq).toBe(8);
  expect(live.positionAtMs).toBe(1000);
  expect(live.status).toEqual({
    ...status,
    state: "playing",
    playing,
    display: { ...status.display, brightness: 0.25 },
    outputs: [{ ...status.outputs[0], state: "failed", error: "no route" }, status.outputs[1]],
  });
});

test("a change that the snapshot already contains is not applied again", () => {
  const live = run(snapshot(9), change(9, { type: "brightness", brightness: 0 }));
  expect(live.status?.display.brightness).toBe(0.8);
});

test("a later snapshot replaces everything, also when it counts from the beginning", () => {
  const live = run(
    snapshot(50),
    change(51, { type: "player", state: "playing", reason: null, playing }),
    snapshot(1),
    change(2, { type: "brightness", brightness: 0.5 }),
  );
  expect(live.seq).toBe(2);
  expect(live.status?.playing).toBeNull();
  expect(live.status?.display.brightness).toBe(0.5);
});

test("a change before any snapshot has nothing to apply to", () => {
  expect(run(change(1, { type: "brightness", brightness: 0 }))).toBe(unknown);
});

test("the state given is never changed in place", () => {
  const frozen = JSON.stringify(status);
  run(snapshot(1), change(2, { type: "output", id: "wall", state: "ok", error: null }));
  expect(JSON.stringify(status)).toBe(frozen);
});

test("asked-for counters do not overwrite what events tell", () => {
  const live = run(snapshot(1), change(2, { type: "player", state: "playing", reason: null, playing }));
  const fresh: Status = {
    ...status,
    uptime_s: 99,
    outputs: [{ id: "wall", kind: "ddp", state: "failed", error: "old", frames: 12, leds: 2048 }],
  };
  const after = refresh(live, fresh);
  expect(after.status?.uptime_s).toBe(99);
  expect(after.status?.state).toBe("playing");
  expect(after.status?.outputs[0]).toEqual({ ...status.outputs[0], frames: 12, leds: 2048 });
});

test("the position moves between events while playing, stands while paused, and stops at the end", () => {
  const check = (state: Status["state"], duration_s: number | null, afterMs: number, expected: number) =>
    expect(positionAt({ state }, { ...playing, duration_s }, 5000, 5000 + afterMs)).toBe(expected);
  check("playing", 10, 0, 2);
  check("playing", 10, 1500, 3.5);
  check("playing", 10, 60_000, 10);
  check("playing", null, 60_000, 62);
  check("paused", 10, 60_000, 2);
  check("playing", 10, -20, 2);
});

test("when the connection is lost the position stays where it was", () => {
  const live = run(snapshot(1, { ...status, state: "playing", playing }));
  const lost = freeze(live, 3000);
  expect(lost.status?.playing?.position_s).toBe(5);
  expect(positionAt({ state: "paused" }, lost.status!.playing!, lost.positionAtMs, 60_000)).toBe(5);
  expect(freeze(unknown, 3000)).toBe(unknown);
});

test("who drives is told by an event, and by what is asked for", () => {
  const live = run(snapshot(1), change(2, { type: "source", source: "live" }));
  expect(live.status?.source).toBe("live");
  expect(refresh(live, { ...status, source: "playlist" }).status?.source).toBe("playlist");
});
