// A file in words.
import type { Media, Playlist } from "../api/shapes";
import { quoted, size, span } from "../format";
import { kindOfMedia } from "../item";

/** Kind and length, where there is little room. */
export function briefOf(file: Media): string {
  const { kind, duration_s } = file;
  const word = kindOfMedia(file);
  if (duration_s === null) return word;
  return `${word} · ${kind === "animation" ? `${span(duration_s)} loop` : span(duration_s)}`;
}

export function toldOf(file: Media): string {
  const { kind, width, height, bytes } = file;
  const parts = kind === "unknown" ? [] : [briefOf(file)];
  if (width > 0 && height > 0) parts.push(`${width}\u00a0×\u00a0${height}`);
  parts.push(size(bytes));
  return parts.join(" · ");
}

/** Names told one by one; of more than these only the count is. */
const NAMES = 3;

/** Which playlists would miss a file, as a sentence; null if none would. */
export function usedBy(lists: readonly Playlist[], id: string): string | null {
  const users = lists.filter(({ items }) => items.some((item) => item.kind === "media" && item.media_id === id));
  const names = users.slice(0, users.length > NAMES + 1 ? NAMES : NAMES + 1).map(({ name }) => quoted(name));
  if (users.length > names.length) names.push(`${users.length - names.length} more`);
  const last = names.pop();
  if (last === undefined) return null;
  if (names.length === 0) return `The playlist ${last} uses it and skips it from then on.`;
  return `The playlists ${names.join(", ")} and ${last} use it and skip it from then on.`;
}
