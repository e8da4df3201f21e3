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
  const isTest = ({ family }: Effect) => family === "test";
  const tests = effects.value.filter(isTest);
  return (
    <>
      <Cards effects={effects.value.filter((effect) => !isTest(effect))} />
      {tests.length > 0 && (
        <section class="effect-group" aria-labelledby="test-patterns">
          <h2 id="test-patterns">Test patterns</h2>
          <p class="meta">They show faults of wiring, geometry, colour and timing.</p>
          <Cards effects={tests} />
        </section>
      )}
    </>
  );
}

function Cards({ effects }: { effects: Effect[] }) {
  return (
    <ul class="effects">
      {effects.map((effect) => (
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
  const Name = effect.family === "test" ? "h3" : "h2";
  return (
    <li class={`card effect-card${isLit ? " lit" : ""}${open ? " effect-open" : ""}`}>
      <div class="effect-line">
        <EffectThumb effect={effect} params={params} />
        <div class="effect-text">
          <Name class="name">{name}</Name>
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
