// One item of a playlist: its line, and when opened, everything about it.
import { useId } from "preact/hooks";
import type { Item } from "../api/shapes";
import { span } from "../format";
import { kindOf, nameOf, naturalDuration, troubleOf } from "../item";
import { told as transitionTold } from "../transition";
import type { DraftItem } from "../store/draft";
import { Icon } from "./icon";
import { ItemSettings } from "./item-settings";
import { ItemThumb } from "./thumb";

interface Props {
  entry: DraftItem;
  index: number;
  count: number;
  lit: boolean;
  open: boolean;
  onToggle(): void;
  onMove(to: number): void;
  onGrab(event: PointerEvent): void;
  onChange(item: Item): void;
  onRemove(): void;
  onPlay(): void;
}

export function ItemRow(props: Props) {
  const { entry, index, count, lit, open } = props;
  const { item } = entry;
  const name = nameOf(item);
  const panelId = useId();

  const keys = (event: KeyboardEvent) => {
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: count - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const grip = event.currentTarget as HTMLElement;
    props.onMove(to);
    // The row moves in the page and would lose the focus.
    requestAnimationFrame(() => grip.focus());
  };

  return (
    <li class={`item${lit ? " lit" : ""}${open ? " open" : ""}`}>
      <div class="item-line">
        <button
          type="button"
          class="grip"
          aria-label={`Move ${name}: place ${index + 1} of ${count}. Arrow keys move it.`}
          title="Drag, or use the arrow keys"
          onPointerDown={props.onGrab}
          onKeyDown={keys}
        >
          <Icon name="grip" />
        </button>
        <button type="button" class="item-open" aria-expanded={open} aria-controls={panelId} onClick={props.onToggle}>
          <ItemThumb item={item} />
          <span class="item-text">
            <span class="name">{name}</span>
            <span class="meta">{told(item)}</span>
          </span>
        </button>
        <span class="item-moves">
          <button
            type="button"
            class="icon-button"
            aria-label={`Move ${name} up`}
            disabled={index === 0}
            onClick={() => props.onMove(index - 1)}
          >
            <Icon name="up" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={`Move ${name} down`}
            disabled={index === count - 1}
            onClick={() => props.onMove(index + 1)}
          >
            <Icon name="down" />
          </button>
        </span>
        <button
          type="button"
          class="icon-button"
          aria-label={`Play from ${name}`}
          disabled={item.enabled === false}
          onClick={props.onPlay}
        >
          <Icon name="play" />
        </button>
      </div>
      <div id={panelId} class="item-panel" hidden={!open}>
        {open && (
          <>
            <ItemSettings item={item} onChange={props.onChange} />
            <div class="item-actions">
              <span class="item-moves-wide">
                <button type="button" class="button" disabled={index === 0} onClick={() => props.onMove(index - 1)}>
                  <Icon name="up" />
                  Up
                </button>
                <button
                  type="button"
                  class="button"
                  disabled={index === count - 1}
                  onClick={() => props.onMove(index + 1)}
                >
                  <Icon name="down" />
                  Down
                </button>
              </span>
              <button type="button" class="button danger-quiet" onClick={props.onRemove}>
                <Icon name="trash" />
                Remove
              </button>
            </div>
          </>
        )}
      </div>
    </li>
  );
}

function told(item: Item): string {
  if (item.enabled === false) return "Switched off";
  const trouble = troubleOf(item);
  if (trouble !== null) return trouble;
  const parts: string[] = [kindOf(item)];
  const natural = naturalDuration(item);
  if (item.duration_s !== null) parts.push(span(item.duration_s));
  else if (natural !== null) parts.push(span(natural));
  if ((item.repeat ?? 1) > 1) parts.push(`${item.repeat} times`);
  const transition = transitionTold(item.transition);
  if (transition !== null) parts.push(transition);
  return parts.join(" · ");
}
