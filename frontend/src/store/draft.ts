// A playlist being edited: what is shown, what the daemon has, and what is still to be saved.
import type { Tagged } from "../api/client";
import type { Item, Playlist, PlaylistWish } from "../api/shapes";

/** An item with a key of its own, because a new one has no id until it is saved. */
export interface DraftItem {
  key: string;
  item: Item;
}

export type Saving =
  /** The daemon has what is shown. */
  | { step: "saved" }
  /** Edited since the last save. */
  | { step: "edited" }
  /** On its way; edits made meanwhile stay to be saved. */
  | { step: "saving"; editedSince: boolean }
  /** Refused or lost on the way; it is kept. */
  | { step: "failed"; words: string }
  /** Someone else was first: their list is shown, and this wish can be put back. */
  | { step: "overtaken"; mine: PlaylistWish };

export interface Draft {
  id: string;
  etag: string;
  revision: number;
  name: string;
  loop: boolean;
  shuffle: boolean;
  items: DraftItem[];
  saving: Saving;
}

let made = 0;
/** A key that no item on this page has had. */
export function freshKey(): string {
  made += 1;
  return `new-${made}`;
}

export function open({ playlist, etag }: Tagged): Draft {
  return {
    id: playlist.id,
    etag,
    revision: playlist.revision,
    name: playlist.name,
    loop: playlist.loop,
    shuffle: playlist.shuffle,
    items: playlist.items.map((item) => ({ key: item.id ?? freshKey(), item })),
    saving: { step: "saved" },
  };
}

/** What a person may change at once. */
export type Edit = Partial<Pick<Draft, "name" | "loop" | "shuffle" | "items">>;

export function edit(draft: Draft, change: Edit): Draft {
  const saving: Saving =
    draft.saving.step === "saving" ? { step: "saving", editedSince: true } : { step: "edited" };
  return { ...draft, ...change, saving };
}

export function wishOf(draft: Draft): PlaylistWish {
  const { name, loop, shuffle, items } = draft;
  return { name, loop, shuffle, items: items.map(({ item }) => item) };
}

export function isUnsaved({ saving }: Draft): boolean {
  return saving.step === "edited" || saving.step === "saving" || saving.step === "failed";
}

export function saveBegun(draft: Draft): Draft {
  return { ...draft, saving: { step: "saving", editedSince: false } };
}

/** The daemon took the list whose items had these keys. New items get their ids; later edits stay. */
export function saveDone(draft: Draft, sentKeys: readonly string[], answer: Tagged): Draft {
  const editedSince = draft.saving.step === "saving" && draft.saving.editedSince;
  const ids = new Map(sentKeys.map((key, index) => [key, answer.playlist.items[index]?.id]));
  return {
    ...draft,
    etag: answer.etag,
    revision: answer.playlist.revision,
    items: draft.items.map((entry) => {
      const id = entry.item.id ?? ids.get(entry.key);
      return id === undefined ? entry : { ...entry, item: { ...entry.item, id } };
    }),
    saving: editedSince ? { step: "edited" } : { step: "saved" },
  };
}

export function saveFailed(draft: Draft, words: string): Draft {
  return { ...draft, saving: { step: "failed", words } };
}

/** Someone else saved first: shows their list and keeps mine at hand. */
export function overtaken(draft: Draft, theirs: Tagged): Draft {
  const shown = { ...open(theirs), saving: { step: "overtaken", mine: wishOf(draft) } as Saving };
  return shown;
}

/** Puts my list over theirs, because a person said so. */
export function putBack(draft: Draft): Draft {
  if (draft.saving.step !== "overtaken") return draft;
  const { mine } = draft.saving;
  const known = new Set(draft.items.map(({ item }) => item.id));
  return {
    ...draft,
    name: mine.name,
    loop: mine.loop,
    shuffle: mine.shuffle,
    items: mine.items.map((item) => {
      // An id that they have removed is no longer known to the daemon.
      const kept = item.id !== undefined && known.has(item.id) ? item : { ...item, id: undefined };
      return { key: item.id ?? freshKey(), item: kept };
    }),
    saving: { step: "edited" },
  };
}

/** The daemon has another revision, and nothing here waits to be saved: show it, keep the rows' identity. */
export function follow(draft: Draft, theirs: Tagged): Draft {
  if (draft.saving.step !== "saved" || theirs.playlist.revision === draft.revision) return draft;
  return open(theirs);
}

/** How long one round takes; null if an item's natural duration is not known here. */
export function total(playlist: Pick<Playlist, "items">, natural: (item: Item) => number | null): number | null {
  let sum = 0;
  for (const item of playlist.items.filter(({ enabled }) => enabled !== false)) {
    const seconds = item.duration_s ?? natural(item);
    if (seconds === null) return null;
    sum += seconds * (item.repeat ?? 1);
  }
  return sum;
}
