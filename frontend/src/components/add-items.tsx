// Choosing what to add to a playlist: files, an effect, a colour.
import { useState } from "preact/hooks";
import type { Effect, Item, Params } from "../api/shapes";
import { count } from "../format";
import { itemOf } from "../item";
import { effects } from "../store/catalogue";
import { newest } from "../store/library";
import { Dialog } from "./dialog";
import { Empty } from "./empty";
import { ColorInput, Fields } from "./fields";
import { briefOf } from "./media-told";
import { EffectThumb, MediaThumb, Swatch } from "./thumb";
import { UploadButton } from "./upload";

interface Props {
  onAdd(items: Item[]): void;
  onClose(): void;
}

const tabs = [
  ["media", "Files"],
  ["effect", "Effect"],
  ["color", "Colour"],
] as const;
type Tab = (typeof tabs)[number][0];

export function AddItems({ onAdd, onClose }: Props) {
  const [tab, setTab] = useState<Tab>("media");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [effect, setEffect] = useState<Effect | null>(null);
  const [params, setParams] = useState<Params>({});
  const [color, setColor] = useState("#FF8000");

  const items: Item[] =
    tab === "media"
      ? chosen.map((media_id) => itemOf({ kind: "media", media_id }))
      : tab === "color"
        ? [itemOf({ kind: "color", color })]
        : effect
          ? [itemOf({ kind: "effect", effect: effect.id, params })]
          : [];

  return (
    <Dialog
      title="Add to playlist"
      wide
      onClose={onClose}
      actions={
        <>
          {tab === "media" && <UploadButton label="Upload" />}
          <button type="button" class="button primary" disabled={items.length === 0} onClick={() => onAdd(items)}>
            {items.length > 1 ? `Add ${count(items.length, "item")}` : "Add"}
          </button>
        </>
      }
    >
      <div class="tabs" role="group" aria-label="Kind of item">
        {tabs.map(([name, label]) => (
          <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)}>
            {label}
          </button>
        ))}
      </div>
      {tab === "media" && <MediaChoice chosen={chosen} onChange={setChosen} />}
      {tab === "effect" && (
        <EffectChoice
          chosen={effect}
          params={params}
          onParams={setParams}
          onChoose={(one) => {
            setEffect(one);
            setParams({});
          }}
        />
      )}
      {tab === "color" && (
        <div class="color-choice">
          <Swatch colors={[color]} />
          <label class="field">
            <span>Colour</span>
            <ColorInput value={color} set={setColor} />
          </label>
        </div>
      )}
    </Dialog>
  );
}

function MediaChoice({ chosen, onChange }: { chosen: readonly string[]; onChange(ids: string[]): void }) {
  const ready = newest.value.filter(({ state }) => state === "ready");
  if (ready.length === 0) {
    return (
      <Empty icon="library" title="No files yet">
        <p>Upload pictures, animations or videos; they appear here.</p>
      </Empty>
    );
  }
  return (
    <ul class="choice-grid">
      {ready.map((one) => {
        const place = chosen.indexOf(one.id);
        return (
          <li key={one.id}>
            <button
              type="button"
              class="choice"
              aria-pressed={place >= 0}
              onClick={() => onChange(place >= 0 ? chosen.filter((id) => id !== one.id) : [...chosen, one.id])}
            >
              <MediaThumb media={one} />
              <span class="name">{one.name}</span>
              <span class="meta">{briefOf(one)}</span>
              {place >= 0 && (
                <span class="choice-place" aria-hidden="true">
                  {place + 1}
                </span>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface EffectChoiceProps {
  chosen: Effect | null;
  params: Params;
  onChoose(effect: Effect): void;
  onParams(params: Params): void;
}

function EffectChoice({ chosen, params, onChoose, onParams }: EffectChoiceProps) {
  return (
    <>
      <ul class="choice-grid">
        {(effects.value ?? []).map((one) => (
          <li key={one.id}>
            <button type="button" class="choice" aria-pressed={one.id === chosen?.id} onClick={() => onChoose(one)}>
              <EffectThumb effect={one} params={one.id === chosen?.id ? params : {}} />
              <span class="name">{one.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {chosen && (
        <section class="choice-params" aria-label={`Parameters of ${chosen.name}`}>
          <Fields key={chosen.id} schema={chosen.params} params={params} onChange={onParams} />
        </section>
      )}
    </>
  );
}
