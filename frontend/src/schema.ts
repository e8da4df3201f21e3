// From the JSON Schema of an effect's parameters to the fields of a form.
import type { Params, Schema } from "./api/shapes";
import { paletteColors } from "./palette";

interface Common {
  name: string;
  label: string;
  hint: string | undefined;
  fallback: unknown;
}

export type Field = Common &
  (
    | { control: "number"; min: number | undefined; max: number | undefined; step: number; unit: string }
    | { control: "toggle" }
    | { control: "choice"; options: unknown[] }
    | { control: "color" }
    | { control: "colors"; min: number; max: number }
    | { control: "text" }
  );

/** The fields in the order of the schema. What this page has no control for is left at its default. */
export function fieldsOf(schema: Schema): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = fieldOf(name, property);
    return field ? [field] : [];
  });
}

function fieldOf(name: string, schema: Schema): Field | null {
  const common: Common = {
    name,
    label: schema.title ?? labelOf(name),
    hint: schema.description,
    fallback: schema.default,
  };
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (schema.enum) return { ...common, control: "choice", options: schema.enum };
  if (type === "boolean") return { ...common, control: "toggle" };
  if (type === "number" || type === "integer") {
    const min = schema.minimum ?? schema.exclusiveMinimum;
    const max = schema.maximum ?? schema.exclusiveMaximum;
    return { ...common, control: "number", min, max, step: stepOf(schema, type, min, max), unit: schema["x-unit"] ?? "" };
  }
  if (type === "string") return { ...common, control: isColor(schema) ? "color" : "text" };
  if (type === "array" && schema.items && isColor(schema.items)) {
    return { ...common, control: "colors", min: schema.minItems ?? 0, max: schema.maxItems ?? 16 };
  }
  return null;
}

function isColor(schema: Schema): boolean {
  if (schema.format === "color") return true;
  return typeof schema.pattern === "string" && /^\^#.*\{6\}\)?\$$/.test(schema.pattern);
}

/** About two hundred steps over the range, on a round number. */
function stepOf(schema: Schema, type: string, min?: number, max?: number): number {
  if (schema.multipleOf !== undefined) return schema.multipleOf;
  if (type === "integer") return 1;
  if (min === undefined || max === undefined || max <= min) return 0.01;
  return 10 ** Math.floor(Math.log10((max - min) / 100));
}

/** speed_hz → Speed hz: the daemon's names are words already. */
function labelOf(name: string): string {
  const words = name.replace(/_s$/, " (s)").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The value that a field shows: what was set, else the default, else something sensible. */
export function valueOf(field: Field, params: Params): unknown {
  const value = params[field.name] ?? field.fallback;
  if (value !== undefined && value !== null) return value;
  switch (field.control) {
    case "number":
      return field.min ?? 0;
    case "toggle":
      return false;
    case "choice":
      return field.options[0];
    case "color":
      return "#FFFFFF";
    case "colors":
      return [];
    case "text":
      return "";
  }
}

/** The parameters with one more set. A value equal to the default is left out: defaults may improve. */
export function withValue(field: Field, params: Params, value: unknown): Params {
  const { [field.name]: _, ...rest } = params;
  const isDefault = JSON.stringify(value) === JSON.stringify(field.fallback);
  return isDefault ? rest : { ...rest, [field.name]: value };
}

/** The colours that an effect shows with these parameters, for a swatch. */
export function colorsOf(schema: Schema, params: Params): string[] {
  return fieldsOf(schema).flatMap((field) => {
    const value = valueOf(field, params);
    if (field.control === "color" && typeof value === "string") return [value];
    if (field.name === "palette" && typeof value === "string") return paletteColors(value);
    if (field.control === "colors" && Array.isArray(value)) return value.filter((one) => typeof one === "string");
    return [];
  });
}
