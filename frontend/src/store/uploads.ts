// Files on their way into the library.
import { signal } from "@preact/signals";
import { wordsOf } from "../api/problem";
import { send, type Sending } from "../api/upload";
import * as client from "../api/client";
import * as library from "./library";
import { attempt, say } from "./notices";

export interface Upload {
  id: number;
  file: File;
  step: "waiting" | "sending" | "failed";
  /** Share sent, 0 to 1. */
  share: number;
  words: string | null;
}

/** Files sent at the same time. More would only make each of them slower. */
const AT_ONCE = 2;

export const uploads = signal<readonly Upload[]>([]);
const sendings = new Map<number, Sending>();
let last = 0;

export function add(files: Iterable<File>): void {
  const added = [...files].map((file): Upload => {
    last += 1;
    return { id: last, file, step: "waiting", share: 0, words: null };
  });
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
    if (existed) say("info", `“${media.name}” is in the library already`, playAction(media.id, media.name));
    else mine.add(media.id);
    library.media.value?.forEach(settle);
  } catch (error) {
    set(id, { step: "failed", words: wordsOf(error) });
  } finally {
    sendings.delete(id);
    pump();
  }
}

/** Files of this tab that the daemon is still looking at. */
const mine = new Set<string>();

function playAction(id: string, name: string) {
  return { label: "Play", run: () => void attempt(`“${name}” does not play`, () => client.play({ media_id: id })) };
}

/** Tells how a file of this tab turned out, once. */
export function settle(media: { id: string; name: string; state: string; error: string | null }): void {
  if (!mine.has(media.id) || media.state === "processing") return;
  mine.delete(media.id);
  if (media.state === "ready") say("good", `“${media.name}” is ready`, playAction(media.id, media.name));
  else say("bad", `“${media.name}” cannot be shown: ${media.error ?? "no reason given"}`);
}
