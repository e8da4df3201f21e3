// The playlists as the daemon has them, and the one being edited.
import { signal } from "@preact/signals";
import * as client from "../api/client";
import { Problem, wordsOf } from "../api/problem";
import type { Change, Item, Playlist } from "../api/shapes";
import { quoted } from "../format";
import { go } from "../route";
import * as drafts from "./draft";
import { say } from "./notices";

/** By name; null until read for the first time. */
export const lists = signal<readonly Playlist[] | null>(null);
export const failure = signal<string | null>(null);

/** The list being edited, and why it could not be opened. */
export const draft = signal<drafts.Draft | null>(null);
export const draftFailure = signal<string | null>(null);

/** Edits are saved once the hand has rested this long. */
const REST_MS = 500;

export async function load(): Promise<void> {
  try {
    lists.value = sorted(await client.playlists());
    failure.value = null;
  } catch (error) {
    failure.value = wordsOf(error);
  }
  // The connection is back: what could not be saved without it goes now. If-Match guards against others' changes.
  if (draft.value?.saving.step === "failed") await flush();
  else if (draft.value) await refetch(draft.value.id);
}

function sorted(playlists: readonly Playlist[]): Playlist[] {
  return [...playlists].sort((a, b) => a.name.localeCompare(b.name));
}

function put(playlist: Playlist): void {
  const others = (lists.value ?? []).filter(({ id }) => id !== playlist.id);
  lists.value = sorted([...others, playlist]);
}

function drop(id: string): void {
  lists.value = (lists.value ?? []).filter((list) => list.id !== id);
}

export function follow(change: Change): void {
  if (change.type === "playlist_deleted") {
    drop(change.id);
    if (draft.value?.id === change.id) {
      clearTimeout(timer);
      draft.value = null;
      draftFailure.value = "this playlist was deleted";
    }
  }
  if (change.type === "playlist") {
    const known = lists.value?.find(({ id }) => id === change.id);
    if (known?.revision !== change.revision) void refetch(change.id);
  }
}

async function refetch(id: string): Promise<void> {
  try {
    const fresh = await client.playlist(id);
    put(fresh.playlist);
    if (draft.value?.id === id) draft.value = drafts.follow(draft.value, fresh);
  } catch (error) {
    // Deleted meanwhile: the next event says so.
    if (!(error instanceof Problem && error.status === 404)) failure.value = wordsOf(error);
  }
}

export async function create(name: string, items: Item[] = []): Promise<Playlist> {
  const { playlist } = await client.createPlaylist({ name, items, loop: true, shuffle: false });
  put(playlist);
  return playlist;
}

export async function remove(id: string): Promise<void> {
  if (draft.value?.id === id) {
    clearTimeout(timer);
    draft.value = null;
  }
  await client.deletePlaylist(id);
  drop(id);
}

/** Adds items to the end of a list that is not being edited, over whatever others do to it meanwhile. */
export async function append(id: string, items: Item[]): Promise<void> {
  if (draft.value?.id === id) {
    change({ items: [...draft.value.items, ...items.map(entryOf)] });
    return flush();
  }
  for (let tries = 0; ; tries += 1) {
    const { playlist, etag } = await client.playlist(id);
    const { name, loop, shuffle } = playlist;
    try {
      const answer = await client.replacePlaylist(id, { name, loop, shuffle, items: [...playlist.items, ...items] }, etag);
      put(answer.playlist);
      return;
    } catch (error) {
      if (!(error instanceof Problem && error.status === 412) || tries === 3) throw error;
    }
  }
}

export function entryOf(item: Item): drafts.DraftItem {
  return { key: item.id ?? drafts.freshKey(), item };
}

export async function edit(id: string): Promise<void> {
  if (draft.value?.id === id) return;
  await flush();
  if (draft.value && drafts.isUnsaved(draft.value)) return refuseToDrop(draft.value, id);
  draft.value = null;
  draftFailure.value = null;
  try {
    const opened = await client.playlist(id);
    put(opened.playlist);
    draft.value = drafts.open(opened);
  } catch (error) {
    draftFailure.value = wordsOf(error);
  }
}

/** Another list is to be opened while this one could not be saved: a person decides. */
function refuseToDrop(unsaved: drafts.Draft, wanted: string): void {
  go("playlists", unsaved.id);
  say("bad", `Your changes to ${quoted(unsaved.name)} are not saved yet`, {
    label: "Give them up",
    run: () => {
      draft.value = null;
      go("playlists", wanted);
    },
  });
}

/** Leaves the editor; what is not saved yet is saved on the way out. */
export async function leave(): Promise<void> {
  await flush();
  if (draft.value && !drafts.isUnsaved(draft.value)) draft.value = null;
}

export function change(what: drafts.Edit): void {
  if (draft.value === null) return;
  draft.value = drafts.edit(draft.value, what);
  later();
}

export function putBack(): void {
  if (draft.value === null) return;
  draft.value = drafts.putBack(draft.value);
  void flush();
}

export function keepTheirs(): void {
  if (draft.value?.saving.step === "overtaken") draft.value = { ...draft.value, saving: { step: "saved" } };
}

let timer: ReturnType<typeof setTimeout> | undefined;
let running: Promise<void> | null = null;

function later(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void flush(), REST_MS);
}

/** Saves what waits to be saved, and what is edited while that goes on. */
export function flush(): Promise<void> {
  clearTimeout(timer);
  running ??= saveAll().finally(() => {
    running = null;
  });
  return running;
}

async function saveAll(): Promise<void> {
  while (draft.value && (draft.value.saving.step === "edited" || draft.value.saving.step === "failed")) {
    if (!(await saveOnce(draft.value))) return;
  }
}

async function saveOnce(sent: drafts.Draft): Promise<boolean> {
  draft.value = drafts.saveBegun(sent);
  const sentKeys = sent.items.map(({ key }) => key);
  const still = () => (draft.value?.id === sent.id ? draft.value : null);
  try {
    const answer = await client.replacePlaylist(sent.id, drafts.wishOf(sent), sent.etag);
    put(answer.playlist);
    const now = still();
    if (now) draft.value = drafts.saveDone(now, sentKeys, answer);
    return true;
  } catch (error) {
    const now = still();
    if (error instanceof Problem && error.status === 412 && now) {
      await showTheirs(now);
    } else if (now) {
      draft.value = drafts.saveFailed(now, wordsOf(error));
    } else {
      say("bad", `${quoted(sent.name)} was not saved: ${wordsOf(error)}`);
    }
    return false;
  }
}

async function showTheirs(mine: drafts.Draft): Promise<void> {
  try {
    const theirs = await client.playlist(mine.id);
    put(theirs.playlist);
    draft.value = drafts.overtaken(draft.value ?? mine, theirs);
  } catch (error) {
    draft.value = drafts.saveFailed(draft.value ?? mine, wordsOf(error));
  }
}

/** Asks before the tab is closed on an edit that the daemon does not have yet. */
export function guardLeaving(): void {
  window.addEventListener("beforeunload", (event) => {
    if (draft.value && drafts.isUnsaved(draft.value)) {
      void flush();
      event.preventDefault();
    }
  });
}
