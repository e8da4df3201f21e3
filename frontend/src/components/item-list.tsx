// The items of the playlist being edited: drag by the handle, or move with keys and buttons.
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { count } from "../format";
import { nameOf } from "../item";
import { aside, landing, move, type Row } from "../reorder";
import type { DraftItem } from "../store/draft";
import { ItemRow } from "./item-row";

interface Props {
  items: readonly DraftItem[];
  /** The id of the item that is lit, if this list plays. */
  litId: string | null;
  onChange(items: DraftItem[]): void;
  onPlay(entry: DraftItem): void;
}

/** Said aloud after a move. */
const said = signal("");
/** Near the top or bottom edge of the window a drag scrolls the page. */
const EDGE_PX = 80;
const SCROLL_PX = 12;

export function ItemList({ items, litId, onChange, onPlay }: Props) {
  const [openKey, setOpenKey] = useState<string | null>(null);
  const list = useRef<HTMLOListElement>(null);

  const moveTo = (from: number, to: number) => {
    const place = Math.max(0, Math.min(items.length - 1, to));
    const entry = items[from];
    if (!entry || place === from) return;
    onChange(move(items, from, place));
    said.value = `${nameOf(entry.item)} moved to place ${place + 1} of ${items.length}`;
  };

  return (
    <>
      <ol class="items" ref={list} aria-label="Items">
        {items.map((entry, index) => (
          <ItemRow
            key={entry.key}
            entry={entry}
            index={index}
            count={items.length}
            lit={entry.item.id !== undefined && entry.item.id === litId}
            open={entry.key === openKey}
            onToggle={() => setOpenKey(entry.key === openKey ? null : entry.key)}
            onMove={(to) => moveTo(index, to)}
            onGrab={(event) => list.current && drag(list.current, index, event, (to) => moveTo(index, to))}
            onChange={(item) => onChange(items.map((old) => (old.key === entry.key ? { ...old, item } : old)))}
            onRemove={() => {
              onChange(items.filter(({ key }) => key !== entry.key));
              said.value = `${nameOf(entry.item)} removed, ${count(items.length - 1, "item")} left`;
            }}
            onPlay={() => onPlay(entry)}
          />
        ))}
      </ol>
      <p class="hidden" role="status">
        {said.value}
      </p>
    </>
  );
}

/** Follows one pointer from the grip until it is let go. Works with mouse, pen and finger alike. */
function drag(list: HTMLOListElement, from: number, start: PointerEvent, land: (to: number) => void): void {
  if (start.button !== 0) return;
  start.preventDefault();
  const grip = start.currentTarget as HTMLElement;
  grip.setPointerCapture(start.pointerId);
  const elements = [...list.children] as HTMLElement[];
  const rows: Row[] = elements.map((element) => ({ top: element.offsetTop, height: element.offsetHeight }));
  const gap = rows.length > 1 ? rows[1]!.top - rows[0]!.top - rows[0]!.height : 0;
  const step = rows[from]!.height + gap;
  const startScroll = scrollY;
  let pointerY = start.clientY;
  let to = from;
  let due = 0;
  list.classList.add("dragging");
  elements[from]!.classList.add("dragged");

  const show = () => {
    if (pointerY < EDGE_PX) scrollBy(0, -SCROLL_PX);
    if (pointerY > innerHeight - EDGE_PX) scrollBy(0, SCROLL_PX);
    const dy = pointerY - start.clientY + scrollY - startScroll;
    to = landing(rows, from, dy);
    elements.forEach((element, index) => {
      const shift = index === from ? dy : aside(index, from, to, step);
      element.style.transform = shift === 0 ? "" : `translateY(${shift}px)`;
    });
    due = requestAnimationFrame(show);
  };
  const follow = (event: PointerEvent) => {
    pointerY = event.clientY;
  };
  const end = (event: Event) => {
    cancelAnimationFrame(due);
    grip.removeEventListener("pointermove", follow);
    grip.removeEventListener("pointerup", end);
    grip.removeEventListener("pointercancel", end);
    removeEventListener("keydown", escape, true);
    list.classList.remove("dragging");
    elements[from]!.classList.remove("dragged");
    for (const element of elements) element.style.transform = "";
    if (event.type === "pointerup") land(to);
  };
  const escape = (event: KeyboardEvent) => {
    if (event.key === "Escape") end(event);
  };
  grip.addEventListener("pointermove", follow);
  grip.addEventListener("pointerup", end);
  grip.addEventListener("pointercancel", end);
  addEventListener("keydown", escape, true);
  due = requestAnimationFrame(show);
}
