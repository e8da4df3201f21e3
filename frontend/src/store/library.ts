// The media files as the daemon has them.
import { computed, signal } from "@preact/signals";
import * as client from "../api/client";
import { wordsOf } from "../api/problem";
import type { Change, Media } from "../api/shapes";

/** Null until read for the first time. */
export const media = signal<ReadonlyMap<string, Media> | null>(null);
/** Why it could not be read. */
export const failure = signal<string | null>(null);

/** Newest first. */
export const newest = computed(() =>
  [...(media.value?.values() ?? [])].sort((a, b) => (b.created_at ?? "").localeCompare(a.created_at ?? "")),
);

export async function load(): Promise<void> {
  try {
    const list = await client.mediaList();
    media.value = new Map(list.map((one) => [one.id, one]));
    failure.value = null;
  } catch (error) {
    failure.value = wordsOf(error);
  }
}

export function put(one: Media): void {
  media.value = new Map(media.value ?? []).set(one.id, one);
}

function drop(id: string): void {
  const rest = new Map(media.value ?? []);
  rest.delete(id);
  media.value = rest;
}

export function follow(change: Change): void {
  if (change.type === "media") put(change.media);
  if (change.type === "media_deleted") drop(change.id);
}

export async function rename(id: string, name: string): Promise<void> {
  put(await client.renameMedia(id, name));
}

export async function remove(id: string, force: boolean): Promise<void> {
  await client.deleteMedia(id, force);
  drop(id);
}
