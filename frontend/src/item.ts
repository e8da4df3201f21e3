// What an item is called and how long it is.
import type { Content, Item, Media, MediaKind } from "./api/shapes";
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

const mediaKinds: Record<MediaKind, string> = { image: "Image", animation: "Animation", video: "Video", unknown: "File" };

/** One word for a file, the same on every page. */
export function kindOfMedia(file: Media | undefined): string {
  return mediaKinds[file?.kind ?? "unknown"];
}

/** One word for what is lit or listed. */
export function kindOf(what: { kind: Content["kind"]; media_id?: string | null }): string {
  switch (what.kind) {
    case "media":
      return kindOfMedia(media.value?.get(what.media_id ?? ""));
    case "effect":
      return "Effect";
    case "color":
      return "Colour";
  }
}

const STILL_S = 10;
const SHORTEST_ANIMATION_S = 5;

/** How long a file is shown if nobody says otherwise, as the daemon means it. */
export function naturalOf({ kind, duration_s }: Pick<Media, "kind" | "duration_s">): number {
  if (!duration_s || kind === "image") return STILL_S;
  return kind === "animation" ? Math.max(SHORTEST_ANIMATION_S, duration_s) : duration_s;
}

/** Seconds without a duration set, as the daemon means them; null if this page cannot know. */
export function naturalDuration(item: Content): number | null {
  switch (item.kind) {
    case "media": {
      const file = media.value?.get(item.media_id);
      if (file === undefined || file.state !== "ready") return null;
      return naturalOf(file);
    }
    case "effect":
      return 30;
    case "color":
      return STILL_S;
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
