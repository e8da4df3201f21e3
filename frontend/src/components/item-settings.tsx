// Duration, fit, transition, and what belongs to the kind of an item.
import { useId, useState } from "preact/hooks";
import type { Fit, Item, Transition } from "../api/shapes";
import { parseDuration, sentence, span } from "../format";
import { naturalDuration } from "../item";
import { effects, transitions } from "../store/catalogue";
import { asKind, paramsOf, restOf, secondsFor, withParams } from "../transition";
import { ColorInput, Fields } from "./fields";

interface Props {
  item: Item;
  onChange(item: Item): void;
}

export function ItemSettings({ item, onChange }: Props) {
  const effect = item.kind === "effect" ? effects.value?.find(({ id }) => id === item.effect) : undefined;
  const colorId = useId();
  return (
    <div class="settings">
      <Duration item={item} onChange={onChange} />
      {item.kind === "media" && <FitField item={item} onChange={onChange} />}
      <TransitionField item={item} onChange={onChange} />
      <Repeat item={item} onChange={onChange} />
      {item.kind === "color" && (
        <div class="field">
          <label for={colorId}>Colour</label>
          <ColorInput id={colorId} value={item.color} set={(color) => onChange({ ...item, color })} />
        </div>
      )}
      {item.kind === "effect" && effect && (
        <div class="settings-wide">
          <Fields schema={effect.params} params={item.params} onChange={(params) => onChange({ ...item, params })} />
        </div>
      )}
    </div>
  );
}

function Duration({ item, onChange }: Props) {
  const id = useId();
  const [wrong, setWrong] = useState(false);
  const natural = naturalDuration(item);
  return (
    <div class="field">
      <label for={id}>Duration in seconds</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        placeholder={natural === null ? "natural" : `natural (${span(natural)})`}
        defaultValue={item.duration_s === null ? "" : String(item.duration_s)}
        aria-invalid={wrong}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          const duration_s = parseDuration(event.currentTarget.value);
          setWrong(duration_s === undefined);
          if (duration_s !== undefined) onChange({ ...item, duration_s });
        }}
      />
      <p id={`${id}-hint`} class={wrong ? "hint wrong" : "hint"}>
        {wrong ? "Give seconds, such as 12 or 1:30" : "Empty: as long as it lasts by itself"}
      </p>
    </div>
  );
}

function Repeat({ item, onChange }: Props) {
  const id = useId();
  return (
    <>
      <div class="field">
        <label for={id}>Times in a row</label>
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={1}
          max={1000}
          step={1}
          defaultValue={String(item.repeat ?? 1)}
          onChange={(event) => {
            const wanted = Math.round(event.currentTarget.valueAsNumber);
            const repeat = Number.isFinite(wanted) ? Math.min(1000, Math.max(1, wanted)) : (item.repeat ?? 1);
            event.currentTarget.value = String(repeat);
            onChange({ ...item, repeat });
          }}
        />
      </div>
      <div class="field">
        <label for={`${id}-enabled`}>Is played</label>
        <input
          id={`${id}-enabled`}
          type="checkbox"
          class="switch"
          role="switch"
          checked={item.enabled ?? true}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onChange({ ...item, enabled: event.currentTarget.checked })}
        />
        <p id={`${id}-hint`} class="hint">Switched off, it stays in the list and is passed over</p>
      </div>
    </>
  );
}

const fits: [Fit, string][] = [
  ["cover", "Fill, cut off what stands over"],
  ["contain", "Show all, black borders"],
  ["stretch", "Stretch to the canvas"],
];

function FitField({ item, onChange }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Fit</label>
      <select id={id} value={item.fit} onChange={(event) => onChange({ ...item, fit: event.currentTarget.value as Fit })}>
        {fits.map(([fit, words]) => (
          <option key={fit} value={fit}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

function TransitionField({ item, onChange }: Props) {
  const id = useId();
  const { transition } = item;
  const kinds = transitions.value ?? [];
  const current = kinds.find((one) => one.id === (transition?.kind ?? "cut"));
  const rest = current ? restOf(current) : {};
  const set = (wanted: Transition | null) => onChange({ ...item, transition: wanted });
  return (
    <>
      <div class="field">
        <label for={id}>Comes in by</label>
        <select
          id={id}
          value={transition?.kind ?? "cut"}
          disabled={kinds.length === 0}
          aria-describedby={`${id}-hint`}
          onChange={(event) => {
            const kind = kinds.find((one) => one.id === event.currentTarget.value);
            if (kind) set(asKind(kind, transition));
          }}
        >
          {kinds.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
          {current === undefined && <option value={transition?.kind ?? "cut"}>{sentence(transition?.kind ?? "cut")}</option>}
        </select>
        <p id={`${id}-hint`} class="hint">
          {current?.description}
        </p>
      </div>
      {current && transition && (
        <>
          <div class="field">
            <label for={`${id}-seconds`}>Seconds of {transition.kind}</label>
            <input
              key={transition.kind}
              id={`${id}-seconds`}
              type="number"
              inputMode="decimal"
              min={0.1}
              max={current.params.properties?.["duration_s"]?.maximum}
              step={0.1}
              defaultValue={String(transition.duration_s)}
              onChange={(event) => {
                const duration_s = secondsFor(current, event.currentTarget.valueAsNumber);
                event.currentTarget.value = String(duration_s ?? transition.duration_s);
                if (duration_s !== null) set({ ...transition, duration_s });
              }}
            />
          </div>
          {Object.keys(rest).length > 0 && (
            <Fields
              key={transition.kind}
              schema={{ properties: rest }}
              params={paramsOf(transition)}
              onChange={(params) => set(withParams(transition, params))}
            />
          )}
        </>
      )}
    </>
  );
}
