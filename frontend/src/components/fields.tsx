// The form for an effect's parameters.
import { useEffect, useId, useRef } from "preact/hooks";
import type { Params, Schema } from "../api/shapes";
import { sentence } from "../format";
import { fieldsOf, valueOf, withValue, type Field } from "../schema";
import { Icon } from "./icon";

interface Props {
  schema: Schema;
  params: Params;
  onChange(params: Params): void;
}

export function Fields({ schema, params, onChange }: Props) {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return <p class="meta">This effect has nothing to set.</p>;
  return (
    <div class="fields">
      {fields.map((field) => (
        <One
          key={field.name}
          field={field}
          value={valueOf(field, params)}
          set={(value) => onChange(withValue(field, params, value))}
        />
      ))}
    </div>
  );
}

interface OneProps {
  field: Field;
  value: unknown;
  set(value: unknown): void;
}

function One({ field, value, set }: OneProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const described = field.hint ? { "aria-describedby": hintId } : {};
  return (
    <div class={field.control === "toggle" ? "field row" : "field"}>
      <label for={id}>{field.label}</label>
      <Control id={id} field={field} value={value} set={set} described={described} />
      {field.hint && (
        <p id={hintId} class="hint">
          {field.hint}
        </p>
      )}
    </div>
  );
}

function Control({ id, field, value, set, described }: OneProps & { id: string; described: object }) {
  switch (field.control) {
    case "number":
      return <NumberControl id={id} field={field} value={Number(value)} set={set} described={described} />;
    case "toggle":
      return (
        <input
          id={id}
          type="checkbox"
          class="switch"
          role="switch"
          checked={value === true}
          onChange={(event) => set(event.currentTarget.checked)}
          {...described}
        />
      );
    case "choice":
      return (
        <select
          id={id}
          value={field.options.indexOf(value)}
          onChange={(event) => set(field.options[Number(event.currentTarget.value)])}
          {...described}
        >
          {field.options.map((option, index) => (
            <option key={index} value={index}>
              {sentence(String(option).replaceAll("_", " "))}
            </option>
          ))}
        </select>
      );
    case "color":
      return <ColorInput id={id} value={String(value)} set={set} described={described} />;
    case "colors":
      return <Colors id={id} field={field} value={Array.isArray(value) ? value.map(String) : []} set={set} />;
    case "text":
      return (
        <input id={id} type="text" value={String(value)} onChange={(event) => set(event.currentTarget.value)} {...described} />
      );
  }
}

type NumberProps = {
  id: string;
  field: Extract<Field, { control: "number" }>;
  value: number;
  set(value: unknown): void;
  described: object;
};

function NumberControl({ id, field, value, set, described }: NumberProps) {
  const slider = useRef<HTMLInputElement>(null);
  const { min, max, step, label, unit } = field;
  const ranged = min !== undefined && max !== undefined;
  useEffect(() => {
    if (ranged) slider.current?.style.setProperty("--share", String((value - min) / (max - min)));
  });
  const take = (event: { currentTarget: HTMLInputElement }) => {
    const number = event.currentTarget.valueAsNumber;
    if (Number.isFinite(number)) set(number);
  };
  return (
    <div class="number">
      {ranged && (
        <input
          ref={slider}
          class="slider"
          type="range"
          aria-label={label}
          min={min}
          max={max}
          step={step}
          value={value}
          onInput={take}
        />
      )}
      <input id={id} type="number" inputMode="decimal" min={min} max={max} step="any" value={value} onChange={take} {...described} />
      {unit !== "" && <span class="meta">{unit}</span>}
    </div>
  );
}

export function ColorInput(props: { id?: string; value: string; set(value: string): void; described?: object }) {
  const { id, value, set, described } = props;
  return (
    <span class="color">
      <input
        id={id}
        type="color"
        value={value.toLowerCase()}
        onInput={(event) => set(event.currentTarget.value.toUpperCase())}
        {...described}
      />
      <span class="meta">{value.toUpperCase()}</span>
    </span>
  );
}

type ColorsProps = {
  id: string;
  field: Extract<Field, { control: "colors" }>;
  value: string[];
  set(value: unknown): void;
};

function Colors({ id, field, value, set }: ColorsProps) {
  return (
    <div class="colors">
      {value.map((color, index) => (
        <span key={index} class="color">
          <input
            id={index === 0 ? id : undefined}
            type="color"
            aria-label={`${field.label}, colour ${index + 1}`}
            value={color.toLowerCase()}
            onInput={(event) => set(value.map((old, other) => (other === index ? event.currentTarget.value.toUpperCase() : old)))}
          />
          {value.length > field.min && (
            <button
              type="button"
              class="icon-button"
              aria-label={`Remove colour ${index + 1}`}
              onClick={() => set(value.filter((_, other) => other !== index))}
            >
              <Icon name="close" />
            </button>
          )}
        </span>
      ))}
      {value.length < field.max && (
        <button
          type="button"
          id={value.length === 0 ? id : undefined}
          class="button small"
          onClick={() => set([...value, value[value.length - 1] ?? "#FFFFFF"])}
        >
          <Icon name="plus" />
          Add colour
        </button>
      )}
    </div>
  );
}
