// What the display does right now, and the connection that tells it.
import { computed, signal } from "@preact/signals";
import * as client from "../api/client";
import { Problem, wordsOf } from "../api/problem";
import type { Change, Layout, Message } from "../api/shapes";
import { connect, type Connection, type Link } from "../api/socket";
import * as catalogue from "./catalogue";
import { quoted } from "../format";
import * as inputs from "./inputs";
import * as library from "./library";
import { apply, freeze, refresh, unknown, type Live } from "./live";
import { say } from "./notices";
import * as playlists from "./playlists";
import * as uploads from "./uploads";

export const link = signal<Link>("connecting");
export const live = signal<Live>(unknown);
export const layout = signal<Layout | null>(null);
export const layoutFailure = signal<string | null>(null);

export const status = computed(() => live.value.status);
export const playing = computed(() => status.value?.playing ?? null);
/** The live input that drives the display instead of the player; null if none does. */
export const driver = computed(() => {
  const source = status.value?.source ?? "none";
  return source === "playlist" || source === "none" ? null : source;
});
export const playState = computed(() => status.value?.state ?? "stopped");
/** What of the player is lit for certain: without a connection nobody knows, and an input that drives is in front of it. */
export const lit = computed(() =>
  link.value === "open" && driver.value === null && playState.value !== "stopped" ? playing.value : null,
);

/** How often the counters of the status strip are read; the status page reads them more often. */
const COUNTERS_MS = 15_000;

let connection: Connection | null = null;

/** Connects and keeps everything on the page in step with the daemon. */
export function start(): void {
  setInterval(() => {
    if (!document.hidden && link.value === "open") void readCounters();
  }, COUNTERS_MS);
  connection = connect("/api/events", {
    link: (now) => {
      if (now === "reconnecting" && link.value === "open") live.value = freeze(live.value, performance.now());
      // Open is what has told how the display is: the snapshot comes first.
      if (now !== "open") link.value = now;
    },
    message: (data) => {
      const message = parse(data);
      if (message === null) return;
      live.value = apply(live.value, message, performance.now());
      if (message.type === "snapshot") {
        link.value = "open";
        readRest();
      } else follow(message);
    },
  });
}

function parse(data: unknown): Message | null {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data) as Message;
  } catch {
    return null;
  }
}

/** What the snapshot does not hold may all have changed while nobody listened. */
function readRest(): void {
  void library.load();
  void playlists.load();
  void catalogue.load();
  void inputs.load();
  void readLayout();
}

export async function readLayout(): Promise<void> {
  try {
    layout.value = await client.layout();
    layoutFailure.value = null;
  } catch (error) {
    layoutFailure.value = wordsOf(error);
  }
}

function follow(change: Change): void {
  library.follow(change);
  playlists.follow(change);
  inputs.follow(change);
  if (change.type === "media") uploads.settle(change.media);
  if (change.type === "item_skipped") say("info", `${quoted(change.name)} was skipped: ${change.reason}`);
  if (change.type === "producer_restarted") say("info", `An item was started again: ${change.reason}`);
}

/**
 * Reads the counters that no event tells. That nobody answers is the only sign of a display that lost its power or its
 * network: an idle socket stays open for many minutes then.
 */
export async function readCounters(): Promise<void> {
  try {
    const fresh = await client.status();
    live.value = refresh(live.value, fresh);
  } catch (error) {
    if (error instanceof Problem && error.status === 0 && link.value === "open") connection?.lose();
  }
}
