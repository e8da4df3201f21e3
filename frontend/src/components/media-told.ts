// A file in one line.
import type { Media } from "../api/shapes";
import { size, span } from "../format";

export function toldOf({ kind, width, height, duration_s, bytes }: Media): string {
  const parts: string[] = [];
  if (kind !== "unknown") parts.push(kind.charAt(0).toUpperCase() + kind.slice(1));
  if (width > 0 && height > 0) parts.push(`${width} × ${height}`);
  if (duration_s !== null) parts.push(span(duration_s));
  parts.push(size(bytes));
  return parts.join(" · ");
}
