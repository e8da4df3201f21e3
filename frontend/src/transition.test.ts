import { expect, test } from "vitest";
import type { Effect, Transition } from "./api/shapes";
import { asKind, paramsOf, restOf, secondsFor, told, withParams } from "./transition";

const seconds = { type: "number", minimum: 0, maximum: 60, default: 1.5 };
const curve = { type: "string", enum: ["linear", "smooth"], default: "linear" };
const color = { type: "string", format: "color", default: "#000000" };
const kind = (id: string, properties: Effect["params"]["properties"]): Effect => ({ id, name: id, params: { type: "object", properties } });
const cut = kind("cut", {});
const crossfade = kind("crossfade", { curve, duration_s: seconds });
const fade = kind("fade", { color, curve, duration_s: seconds });

test("a transition begins with the catalogue's seconds", () => {
  expect(asKind(crossfade, null)).toEqual({ kind: "crossfade", duration_s: 1.5 });
});

test("another kind keeps what both have and drops what it has not, which the daemon would refuse", () => {
  const orange: Transition = { kind: "fade", duration_s: 3, curve: "smooth", color: "#FF8000" };
  expect(asKind(crossfade, orange)).toEqual({ kind: "crossfade", duration_s: 3, curve: "smooth" });
  expect(asKind(fade, { kind: "crossfade", duration_s: 3, curve: "smooth" })).toEqual({ kind: "fade", duration_s: 3, curve: "smooth" });
  expect(asKind(cut, orange)).toBeNull();
});

test("the form has everything but the seconds, and gives back a whole transition", () => {
  const now: Transition = { kind: "fade", duration_s: 2, curve: "linear", color: "#000000" };
  expect(restOf(fade)).toEqual({ color: { ...color, title: "Color of fade" }, curve: { ...curve, title: "Curve of fade" } });
  expect(paramsOf(now)).toEqual({ curve: "linear", color: "#000000" });
  expect(withParams(now, { color: "#FFFFFF" })).toEqual({ kind: "fade", duration_s: 2, color: "#FFFFFF" });
});

test("seconds are more than none and no more than the daemon takes", () => {
  expect(secondsFor(fade, 2.5)).toBe(2.5);
  expect(secondsFor(fade, 600)).toBe(60);
  expect(secondsFor(fade, 0)).toBeNull();
  expect(secondsFor(fade, NaN)).toBeNull();
});

test("each kind is told in the row, and a cut is not worth a word", () => {
  const check = (transition: Transition | null, words: string | null) => expect(told(transition)).toBe(words);
  check(null, null);
  check({ kind: "cut", duration_s: 1 }, null);
  check({ kind: "crossfade", duration_s: 1.5, curve: "linear" }, "1.5\u00a0s crossfade");
  check({ kind: "crossfade", duration_s: 2, curve: "smooth" }, "2\u00a0s smooth crossfade");
  check({ kind: "fade", duration_s: 1, curve: "linear", color: "#000000" }, "1\u00a0s fade through black");
  check({ kind: "fade", duration_s: 1, curve: "smooth", color: "#ff8000" }, "1\u00a0s smooth fade through #FF8000");
});
