// Files on their way into the library.
import { signal } from "@preact/signals";
import * as client from "../api/client";
import { Problem, wordsOf } from "../api/problem";
import { send, type Sending } from "../api/upload";
import { quoted } from "../format";
import * as library from "./library";
import { attempt, say } from "./notices";

export interface Upload {
  id: number;
  file: File;
  step: "waiting" | "sending" | "failed";
  /** Share sent, 0 to 1. */
  share: number;
  words: string | null;
  /** Whether it may go better when it is sent once more. */
  again: boolean;
}

/** Files sent at the same time. More would only make each of them slower. */
const AT_ONCE = 2;

export const uploads = signal<readonly Upload[]>([]);
const sendings = new Map<number, Sending>();
let last = 0;

export function add(files: Iterable<File>): void {
  const all = [...files];
  for (const { name } of all.filter(({ size }) => size === 0)) say("bad", `${quoted(name)} is empty`);
  const added = all.filter(({ size }) => size > 0).map((file): Upload => {
    last += 1;
    return { id: last, file, step: "waiting", share: 0, words: null, again: false };
  });
  if (added.length > 0 && library.media.value?.size === 0) newcomer = true;
  uploads.value = [...uploads.value, ...added];
  pump();
}

export function retry(id: number): void {
  set(id, { step: "waiting", share: 0, words: null });
  pump();
}

/** Stops an upload, or takes a failed one off the list. */
export function cancel(id: number): void {
  sendings.get(id)?.abort();
  uploads.value = uploads.value.filter((upload) => upload.id !== id);
  pump();
}

function set(id: number, change: Partial<Upload>): void {
  uploads.value = uploads.value.map((upload) => (upload.id === id ? { ...upload, ...change } : upload));
}

function pump(): void {
  const next = uploads.value.find(({ step }) => step === "waiting");
  if (next === undefined || uploads.value.filter(({ step }) => step === "sending").length >= AT_ONCE) return;
  set(next.id, { step: "sending" });
  void run(next);
  pump();
}

async function run({ id, file }: Upload): Promise<void> {
  const sending = send(file, (share) => set(id, { share }));
  sendings.set(id, sending);
  try {
    const { media, existed } = await sending.done;
    // An event may have told of it, and of more, already.
    if (!library.media.value?.has(media.id)) library.put(media);
    uploads.value = uploads.value.filter((upload) => upload.id !== id);
    if (existed) say("info", thereAlready(file.name, media.name), media.state === "ready" ? playAction(media.id, media.name) : undefined);
    else mine.add(media.id);
    library.media.value?.forEach(settle);
  } catch (error) {
    set(id, { step: "failed", words: wordsOf(error), again: mayGoBetter(error) });
  } finally {
    sendings.delete(id);
    pump();
  }
}

/** The daemon's answer of 4xx is about this file and would be the same again. */
export function mayGoBetter(error: unknown): boolean {
  return !(error instanceof Problem) || error.status === 0 || error.status >= 500;
}

export function thereAlready(name: string, known: string): string {
  const as = name === known ? "" : `, as ${quoted(known)}`;
  return `${quoted(name)} is in the library already${as}`;
}

/** Nothing was in the library when the first file was chosen: what comes next is said until it is done. */
let newcomer = false;

/** Files of this tab that the daemon is still looking at. */
const mine = new Set<string>();

function playAction(id: string, name: string) {
  return { label: "Play", run: () => void attempt(`${quoted(name)} does not play`, () => client.play({ media_id: id })) };
}

/** Tells how a file of this tab turned out, once. */
export function settle(media: { id: string; name: string; state: string; error: string | null }): void {
  if (!mine.has(media.id) || media.state === "processing") return;
  mine.delete(media.id);
  if (media.state === "ready") {
    say("good", `${quoted(media.name)} is ready`, playAction(media.id, media.name), newcomer);
    newcomer = false;
  } else say("bad", `${quoted(media.name)} cannot be shown: ${media.error ?? "no reason given"}`);
}
