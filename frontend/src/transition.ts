// How an item takes over from the one before: from the daemon's catalogue to a form and to words.
import type { Effect, Params, Schema, Transition } from "./api/shapes";
import { sentence, span } from "./format";

/** The seconds have a field of their own beside the kind. */
const SECONDS = "duration_s";

/** The transition as another kind: what both have stays, what the new one has not is left out. */
export function asKind(kind: Effect, old: Transition | null): Transition | null {
  const properties = kind.params.properties ?? {};
  // A cut has nothing to set, and is what an item without a transition does.
  if (!(SECONDS in properties)) return null;
  const preset = properties[SECONDS]?.default;
  const duration_s = old?.duration_s ?? (typeof preset === "number" ? preset : 1);
  return withParams({ kind: kind.id, duration_s }, pick(paramsOf(old), properties));
}

function pick(params: Params, properties: Record<string, Schema>): Params {
  return Object.fromEntries(Object.entries(params).filter(([name]) => name in properties));
}

/** Everything but kind and seconds. */
export function paramsOf(transition: Transition | null): Params {
  if (transition === null) return {};
  const { kind: _kind, duration_s: _seconds, ...params } = transition;
  return params;
}

export function withParams({ kind, duration_s }: Transition, params: Params): Transition {
  return { kind, duration_s, ...params };
}

/** What stands beside kind and seconds. Each name says whose it is: a colour item has a colour of its own. */
export function restOf({ id, params }: Effect): Record<string, Schema> {
  const { [SECONDS]: _, ...rest } = params.properties ?? {};
  const named = Object.entries(rest).map(([name, schema]) => [name, { ...schema, title: `${schema.title ?? sentence(name)} of ${id}` }]);
  return Object.fromEntries(named);
}

/** Seconds as the daemon takes them; null if this is no number above 0. */
export function secondsFor({ params }: Effect, wanted: number): number | null {
  if (!(wanted > 0)) return null;
  return Math.min(wanted, params.properties?.[SECONDS]?.maximum ?? Infinity);
}

const colorWords: Record<string, string> = { "#000000": "black", "#FFFFFF": "white" };

/** Behind an item's duration: "2 s smooth fade through black"; null for a cut. */
export function told(transition: Transition | null): string | null {
  if (transition === null || transition.kind === "cut") return null;
  const { kind, duration_s, curve, color } = transition;
  const words = [span(duration_s)];
  if (curve === "smooth") words.push("smooth");
  words.push(kind);
  if (color !== undefined) words.push("through", colorWords[color.toUpperCase()] ?? color.toUpperCase());
  return words.join(" ");
}
