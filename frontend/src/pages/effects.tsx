// The effects that can be played at once.
import { useState } from "preact/hooks";
import * as client from "../api/client";
import type { Effect, Params } from "../api/shapes";
import { AddToPlaylist } from "../components/add-to-playlist";
import { Empty, Unread, Waiting } from "../components/empty";
import { Fields } from "../components/fields";
import { Icon } from "../components/icon";
import { EffectThumb } from "../components/thumb";
import { quoted } from "../format";
import { itemOf } from "../item";
import { fieldsOf } from "../schema";
import { effects, failure, load } from "../store/catalogue";
import { lit } from "../store/display";
import { attempt } from "../store/notices";

export function EffectsPage() {
  return (
    <div class="page">
      <header class="page-head">
        <h1>Effects</h1>
      </header>
      <Catalogue />
    </div>
  );
}

function Catalogue() {
  if (effects.value === null) {
    if (failure.value === null) return <Waiting what="the effects" />;
    return <Unread what="The effects" why={failure.value} again={() => void load()} />;
  }
  if (effects.value.length === 0) return <Empty icon="effect" title="This display has no effects" />;
  return (
    <ul class="effects">
      {effects.value.map((effect) => (
        <EffectCard key={effect.id} effect={effect} />
      ))}
    </ul>
  );
}

function EffectCard({ effect }: { effect: Effect }) {
  const { id, name } = effect;
  const [open, setOpen] = useState(false);
  const [adding, setAdding] = useState(false);
  const [params, setParams] = useState<Params>({});
  const isLit = lit.value?.effect === id;
  const panelId = `effect-${id}`;
  return (
    <li class={`card effect-card${isLit ? " lit" : ""}${open ? " effect-open" : ""}`}>
      <div class="effect-line">
        <EffectThumb effect={effect} params={params} />
        <div class="effect-text">
          <h2 class="name">{name}</h2>
          <p class="meta">
            {isLit && <span class="pill playing">Live</span>}
            {effect.description ?? effect.family}
          </p>
        </div>
        <button
          type="button"
          class="key small"
          aria-label={`Play ${name}`}
          onClick={() => void attempt(`${quoted(name)} does not play`, () => client.play({ effect: id, params }))}
        >
          <Icon name="play" />
        </button>
      </div>
      <div class="effect-tools">
        {fieldsOf(effect.params).length > 0 && (
          <button
            type="button"
            class="button small"
            aria-expanded={open}
            aria-controls={panelId}
            onClick={() => setOpen(!open)}
          >
            <Icon name="sliders" />
            Adjust
          </button>
        )}
        <button type="button" class="button small" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          Add to playlist
        </button>
      </div>
      <div id={panelId} class="effect-panel" hidden={!open}>
        {open && (
          <>
            <Fields schema={effect.params} params={params} onChange={setParams} />
            <div class="effect-apply">
              <button
                type="button"
                class="button primary"
                onClick={() => void attempt(`${quoted(name)} does not play`, () => client.play({ effect: id, params }))}
              >
                <Icon name="play" />
                {isLit ? "Play with these" : "Play"}
              </button>
              <button type="button" class="button" disabled={Object.keys(params).length === 0} onClick={() => setParams({})}>
                Defaults
              </button>
            </div>
          </>
        )}
      </div>
      {adding && (
        <AddToPlaylist what={name} items={[itemOf({ kind: "effect", effect: id, params })]} onClose={() => setAdding(false)} />
      )}
    </li>
  );
}
