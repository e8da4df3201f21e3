// Duration, fit, transition, and what belongs to the kind of an item.
import { useId, useState } from "preact/hooks";
import type { Fit, Item, Transition } from "../api/shapes";
import { parseDuration, span } from "../format";
import { naturalDuration } from "../item";
import { effects } from "../store/catalogue";
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
  const kind = item.transition?.kind ?? "cut";
  const set = (transition: Transition | null) => onChange({ ...item, transition });
  return (
    <div class="field">
      <label for={id}>Comes in by</label>
      <div class="pair">
        <select
          id={id}
          value={kind}
          onChange={(event) =>
            set(event.currentTarget.value === "crossfade" ? { kind: "crossfade", duration_s: 1 } : null)
          }
        >
          <option value="cut">Cut</option>
          <option value="crossfade">Crossfade</option>
        </select>
        {item.transition?.kind === "crossfade" && (
          <input
            type="number"
            aria-label="Seconds of crossfade"
            inputMode="decimal"
            min={0.1}
            step={0.1}
            defaultValue={String(item.transition.duration_s)}
            onChange={(event) => {
              const duration_s = event.currentTarget.valueAsNumber;
              if (duration_s > 0) set({ kind: "crossfade", duration_s });
            }}
          />
        )}
        {kind === "crossfade" && <span class="meta">s</span>}
      </div>
    </div>
  );
}
