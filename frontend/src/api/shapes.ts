// The JSON that the daemon sends and takes, by its own names.

export type PlayState = "stopped" | "playing" | "paused";
export type ItemKind = "media" | "effect" | "color";
export type Fit = "cover" | "contain" | "stretch";
export type Params = Record<string, unknown>;

export interface Playing {
  playlist_id: string | null;
  playlist_name: string | null;
  item_id: string;
  kind: ItemKind;
  name: string;
  media_id: string | null;
  effect: string | null;
  index: number;
  count: number;
  position_s: number;
  duration_s: number | null;
}

export interface Player {
  state: PlayState;
  reason: string | null;
  playing: Playing | null;
}

export type MediaKind = "image" | "animation" | "video" | "unknown";

export type OutputState = "opening" | "ok" | "failed";

export interface Output {
  id: string;
  kind: string;
  target?: string;
  state: OutputState;
  error: string | null;
  frames?: number;
  leds?: number;
}

export interface Frames {
  presented: number;
  late: number;
  ran_late: number;
  dropped: number;
  superseded?: number;
  lateness_us: { p50: number; p99: number; max: number };
}

export interface Status extends Player {
  version: string;
  instance: string;
  uptime_s: number;
  /** "playlist", "none", or the id of the live input that drives the display. */
  source: string;
  display: { width: number; height: number; fps: number; brightness: number };
  leds: number;
  frames: Frames;
  outputs: Output[];
  system: { pid?: number; realtime?: string; producers?: number; reasons?: string[]; sandbox?: Sandbox };
}

/** What confines the processes that open files. */
export interface Sandbox {
  state: "full" | "partial" | "none" | "unknown";
  landlock_abi: number;
  landlock: string;
  seccomp: boolean;
  reason: string | null;
}

/** A source of live frames beside the playlists. */
export interface Input {
  id: string;
  kind: string;
  /** `standby`: it has a source, which someone else outranks. */
  state: "idle" | "active" | "standby" | "failed";
  driving: boolean;
  priority: number;
  frames: number;
  rate_fps: number;
  target: string;
  error: string | null;
}

export interface Media {
  id: string;
  name: string;
  kind: MediaKind;
  width: number;
  height: number;
  /** A video once through, an animation for one cycle; null for a still. */
  duration_s: number | null;
  frames?: number | null;
  bytes: number;
  state: "processing" | "ready" | "rejected";
  error: string | null;
  created_at?: string;
}

/** What else there is to set depends on the kind; the catalogue of transitions describes it. */
export interface Transition {
  kind: string;
  duration_s: number;
  curve?: string;
  color?: string;
}

export type Content =
  | { kind: "media"; media_id: string }
  | { kind: "effect"; effect: string; params: Params }
  | { kind: "color"; color: string };

export type Item = Content & {
  id?: string;
  duration_s: number | null;
  fit: Fit;
  transition: Transition | null;
  /** How many times in a row; absent means once. */
  repeat?: number;
  /** Absent means yes. */
  enabled?: boolean;
};

export interface PlaylistWish {
  name: string;
  items: Item[];
  loop: boolean;
  shuffle: boolean;
}

export interface Playlist extends PlaylistWish {
  id: string;
  revision: number;
}

/** The part of JSON Schema that effects and transitions describe their parameters with. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  format?: string;
  pattern?: string;
  "x-unit"?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** An effect or a transition. */
export interface Effect {
  id: string;
  name: string;
  family?: string;
  description?: string;
  params: Schema;
}

export interface Layout {
  kind: string;
  columns: number;
  rows: number;
  leds: [number, number][];
}

export interface Listed<T> {
  items: T[];
  total: number;
}

export type Change =
  | ({ type: "player" } & Player)
  | { type: "brightness"; brightness: number }
  | { type: "output"; id: string; state: OutputState; error: string | null }
  | { type: "source"; source: string }
  | { type: "input"; input: Input }
  | { type: "media"; media: Media }
  | { type: "media_deleted"; id: string }
  | { type: "playlist"; id: string; revision: number }
  | { type: "playlist_deleted"; id: string }
  | { type: "item_skipped"; item_id: string; name: string; reason: string }
  | { type: "producer_restarted"; item_id: string; reason: string };

/** What the events socket says: the whole state first, then changes in order. */
export type Message = { seq: number } & ({ type: "snapshot"; state: Status } | Change);
