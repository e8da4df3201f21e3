// Moving one item of a list to another place, by drag or by key.

/** The list with the item at `from` moved to `to`; places outside the list are clamped. */
export function move<T>(list: readonly T[], from: number, to: number): T[] {
  const moved = list.slice();
  const place = Math.max(0, Math.min(list.length - 1, to));
  const [item] = moved.splice(from, 1);
  if (item !== undefined) moved.splice(place, 0, item);
  return moved;
}

/** A row's place on the page before the drag began. */
export interface Row {
  top: number;
  height: number;
}

/** Where the dragged row would land: it takes a neighbour's place once it covers that neighbour's middle. */
export function landing(rows: readonly Row[], from: number, dy: number): number {
  const dragged = rows[from];
  if (!dragged) return from;
  const top = dragged.top + dy;
  const bottom = top + dragged.height;
  let to = from;
  rows.forEach((row, index) => {
    const middle = row.top + row.height / 2;
    if (index > from && bottom > middle) to = Math.max(to, index);
    if (index < from && top < middle) to = Math.min(to, index);
  });
  return to;
}

/** How far each row stands aside while the row at `from` hovers over `to`. `step` is its height with the gap. */
export function aside(index: number, from: number, to: number, step: number): number {
  if (index > from && index <= to) return -step;
  if (index < from && index >= to) return step;
  return 0;
}
