// Calls to the daemon: one function per thing that can be asked.
import { Problem } from "./problem";
import type { Effect, Input, Layout, Listed, Media, Params, Playlist, PlaylistWish, Status } from "./shapes";

interface Answer<T> {
  body: T;
  etag: string | null;
}

async function ask<T>(method: string, path: string, body?: unknown, etag?: string, signal?: AbortSignal): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) {
    headers["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  }
  if (etag !== undefined) headers["If-Match"] = etag;
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      ...(signal ? { signal } : {}),
    });
    text = await response.text();
  } catch {
    throw Problem.noAnswer();
  }
  if (!response.ok) throw Problem.fromBody(response.status, response.statusText, text);
  if (text === "") return { body: undefined as T, etag: response.headers.get("ETag") };
  try {
    return { body: JSON.parse(text) as T, etag: response.headers.get("ETag") };
  } catch {
    throw new Problem(response.status, `the answer to ${method} ${path} is not JSON`);
  }
}

const at = (...parts: string[]) => "/api/" + parts.map(encodeURIComponent).join("/");

/** Lists are cut into pages by the daemon; this reads them all. */
async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (;;) {
    const { body } = await ask<Listed<T>>("GET", `${path}?limit=1000&offset=${items.length}`);
    items.push(...body.items);
    if (body.items.length === 0 || items.length >= body.total) return items;
  }
}

export type PlayWish =
  | Record<string, never>
  | { playlist_id: string; item_id?: string }
  | { media_id: string }
  | { effect: string; params: Params };

/** A playlist and the tag that a change of it must name. */
export interface Tagged {
  playlist: Playlist;
  etag: string;
}

function tagged({ body, etag }: Answer<Playlist>): Tagged {
  return { playlist: body, etag: etag ?? `"${body.revision}"` };
}

/** Longer than a daemon takes that works, also over a bad network. */
const STATUS_LIMIT_MS = 6_000;

export async function status(): Promise<Status> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), STATUS_LIMIT_MS);
  try {
    return (await ask<Status>("GET", at("status"), undefined, undefined, patience.signal)).body;
  } finally {
    clearTimeout(timer);
  }
}

export const layout = () => ask<Layout>("GET", at("layout")).then((answer) => answer.body);
export const effects = () => ask<Listed<Effect>>("GET", at("effects")).then((answer) => answer.body.items);
export const transitions = () => ask<Listed<Effect>>("GET", at("transitions")).then((answer) => answer.body.items);
export const inputs = () => ask<Listed<Input>>("GET", at("inputs")).then((answer) => answer.body.items);
export const setBrightness = (brightness: number) =>
  ask<unknown>("PATCH", at("settings"), { display: { brightness } });

export const play = (wish: PlayWish) => ask<unknown>("POST", at("player", "play"), wish);
export const command = (verb: "pause" | "resume" | "stop" | "next" | "previous") =>
  ask<unknown>("POST", at("player", verb), {});
export const seek = (position_s: number) => ask<unknown>("POST", at("player", "seek"), { position_s });

export const mediaList = () => all<Media>(at("media"));
export const media = (id: string) => ask<Media>("GET", at("media", id)).then((answer) => answer.body);
export const renameMedia = (id: string, name: string) =>
  ask<Media>("PATCH", at("media", id), { name }).then((answer) => answer.body);
export const deleteMedia = (id: string, force: boolean) =>
  ask<unknown>("DELETE", at("media", id) + (force ? "?force=true" : ""));
export const thumbnailUrl = (id: string) => at("media", id, "thumbnail");

export const playlists = () => all<Playlist>(at("playlists"));
export const playlist = (id: string) => ask<Playlist>("GET", at("playlists", id)).then(tagged);
export const createPlaylist = (wish: PlaylistWish) =>
  ask<Playlist>("POST", at("playlists"), wish).then(tagged);
export const replacePlaylist = (id: string, wish: PlaylistWish, etag: string) =>
  ask<Playlist>("PUT", at("playlists", id), wish, etag).then(tagged);
export const deletePlaylist = (id: string) => ask<unknown>("DELETE", at("playlists", id));
