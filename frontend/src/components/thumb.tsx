// A small picture of what an item shows.
import { useState } from "preact/hooks";
import * as client from "../api/client";
import type { Effect, Item, Media, Params } from "../api/shapes";
import { effectColors } from "../palette";
import { colorsOf } from "../schema";
import { effects } from "../store/catalogue";
import { media } from "../store/library";
import { Icon } from "./icon";

export function MediaThumb({ media: one }: { media: Media | undefined }) {
  const [broken, setBroken] = useState<string | null>(null);
  if (one?.state === "ready" && broken !== one.id) {
    return (
      <span class="thumb">
        <img src={client.thumbnailUrl(one.id)} alt="" loading="lazy" decoding="async" onError={() => setBroken(one.id)} />
      </span>
    );
  }
  return (
    <span class={`thumb blank ${one?.state ?? "gone"}`}>
      <Icon name={one === undefined || one.state === "rejected" ? "warn" : "library"} />
    </span>
  );
}

/** Side by side, or for an effect, flowing into each other. */
export function Swatch({ colors, flowing }: { colors: readonly string[]; flowing?: boolean }) {
  if (flowing && colors.length > 1) {
    return <span class="thumb" style={{ backgroundImage: `linear-gradient(115deg, ${colors.join(", ")})` }} />;
  }
  return (
    <span class="thumb swatch">
      {colors.map((color, index) => (
        <span key={index} style={{ backgroundColor: color }} />
      ))}
    </span>
  );
}

export function EffectThumb({ effect, params }: { effect: Effect | undefined; params: Params }) {
  const own = effectColors(effect?.id ?? "");
  const colors = own.length > 0 || !effect ? own : colorsOf(effect.params, params);
  if (colors.length > 0) {
    return (
      <span class="thumb-stack">
        <Swatch flowing colors={colors.length === 1 ? ["#0B0C12", colors[0]!] : colors.slice(0, 6)} />
        <Icon name="effect" />
      </span>
    );
  }
  return (
    <span class="thumb blank effect">
      <Icon name="effect" />
    </span>
  );
}

export function ItemThumb({ item }: { item: Item }) {
  switch (item.kind) {
    case "media":
      return <MediaThumb media={media.value?.get(item.media_id)} />;
    case "effect":
      return <EffectThumb effect={effects.value?.find(({ id }) => id === item.effect)} params={item.params} />;
    case "color":
      return <Swatch colors={[item.color]} />;
  }
}
