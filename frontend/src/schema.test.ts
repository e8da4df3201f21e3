import { expect, test } from "vitest";
import type { Schema } from "./api/shapes";
import { colorsOf, fieldsOf, valueOf, withValue } from "./schema";

const schema: Schema = {
  type: "object",
  properties: {
    speed: { type: "number", minimum: 0, maximum: 5, default: 1, description: "Turns per second" },
    count: { type: "integer", minimum: 1, maximum: 64, default: 8, "x-unit": "°" },
    mirrored: { type: "boolean", default: false },
    direction: { enum: ["left", "right"], default: "right" },
    base_color: { type: "string", pattern: "^#[0-9A-Fa-f]{6}$", default: "#FF8000" },
    palette: { type: "array", items: { type: "string", format: "color" }, minItems: 2, default: ["#000000", "#FFFFFF"] },
    label: { type: "string" },
    period_s: { type: ["number", "null"], exclusiveMinimum: 0 },
    colours: { enum: ["ice", "lava"] },
    nested: { type: "object", properties: {} },
  },
};
const fields = fieldsOf(schema);
const field = (name: string) => fields.find((one) => one.name === name)!;

test("each kind of property becomes the control that fits it", () => {
  expect(fields.map(({ name, control }) => [name, control])).toEqual([
    ["speed", "number"],
    ["count", "number"],
    ["mirrored", "toggle"],
    ["direction", "choice"],
    ["base_color", "color"],
    ["palette", "colors"],
    ["label", "text"],
    ["period_s", "number"],
    ["colours", "choice"],
  ]);
});

test("a number's range and step come from its limits", () => {
  expect(field("speed")).toMatchObject({ min: 0, max: 5, step: 0.01, label: "Speed", hint: "Turns per second" });
  expect(field("count")).toMatchObject({ min: 1, max: 64, step: 1, unit: "°" });
  expect(field("period_s")).toMatchObject({ min: 0, max: undefined, label: "Period (s)" });
});

test("a field shows what was set, else the default", () => {
  expect(valueOf(field("speed"), { speed: 3 })).toBe(3);
  expect(valueOf(field("speed"), {})).toBe(1);
  expect(valueOf(field("mirrored"), { mirrored: true })).toBe(true);
  expect(valueOf(field("label"), {})).toBe("");
  expect(valueOf(field("period_s"), {})).toBe(0);
});

test("a value equal to the default is not stored", () => {
  expect(withValue(field("speed"), { count: 2 }, 2)).toEqual({ count: 2, speed: 2 });
  expect(withValue(field("speed"), { count: 2, speed: 2 }, 1)).toEqual({ count: 2 });
  expect(withValue(field("palette"), {}, ["#000000", "#FFFFFF"])).toEqual({});
});

test("an effect's swatch has its colours as set", () => {
  expect(colorsOf(schema, { base_color: "#112233" })).toEqual(["#112233", "#000000", "#FFFFFF"]);
});

test("a named palette counts as its colours", () => {
  const palette: Schema = { properties: { palette: { enum: ["ice", "unheard"], default: "ice" } } };
  expect(colorsOf(palette, {})).toContain("#40C0FF");
  expect(colorsOf(palette, { palette: "unheard" })).toEqual([]);
});

test("a schema without properties has no fields", () => {
  expect(fieldsOf({ type: "object" })).toEqual([]);
});
