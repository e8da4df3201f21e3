// What an item is called and how long it is.
import type { Content, Item } from "./api/shapes";
import { effects } from "./store/catalogue";
import { media } from "./store/library";

export function nameOf(item: Content): string {
  switch (item.kind) {
    case "media":
      return media.value?.get(item.media_id)?.name ?? (media.value === null ? "…" : "Deleted file");
    case "effect":
      return effects.value?.find(({ id }) => id === item.effect)?.name ?? item.effect;
    case "color":
      return item.color.toUpperCase();
  }
}

export const kindNames = { media: "Media", effect: "Effect", color: "Colour" } as const;

/** Seconds without a duration set, as the daemon means them; null if this page cannot know. */
export function naturalDuration(item: Content): number | null {
  switch (item.kind) {
    case "media": {
      const file = media.value?.get(item.media_id);
      if (file === undefined || file.state !== "ready") return null;
      return file.duration_s ?? 10;
    }
    case "effect":
      return 30;
    case "color":
      return null;
  }
}

export function itemOf(content: Content): Item {
  return { ...content, duration_s: null, fit: "cover", transition: null };
}

/** Why the item will be skipped; null if it will not. */
export function troubleOf(item: Content): string | null {
  if (item.kind !== "media" || media.value === null) return null;
  const file = media.value.get(item.media_id);
  if (file === undefined) return "Is skipped: the file was deleted";
  if (file.state === "rejected") return `Is skipped: ${file.error ?? "it cannot be shown"}`;
  return null;
}
