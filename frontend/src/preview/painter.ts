// Draws frames as glowing dots on a dark panel.
//
// A frame is painted in four stages, none of which depends on the number of pixels times LEDs:
// panel (dark, unlit dots) + bloom (the frame on a coarse grid, drawn large and smooth)
// + colour (flat, one block per LED) cut by the mask of all dots.
import type { Layout } from "../api/shapes";
import type { Frame } from "./frame";
import { place, type Places } from "./places";

const PANEL = "#08090b";
const UNLIT = "rgba(255, 255, 255, 0.05)";
const BLOOM = 0.34;
/** Below this pitch in pixels round dots would be mush: blocks are drawn instead. */
const SMALLEST_DOT = 3;
/** Columns of the coarse grid for free points; around them a border of dark cells lets the bloom fade out. */
const COARSE = 40;
const BORDER = 1;

interface Surface {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
}

function surface(width: number, height: number): Surface {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, height);
  return { canvas, context: contextOf(canvas) };
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no canvas to draw on");
  return context;
}

export class Painter {
  readonly #target: Surface;
  readonly #ambient: Surface | null;
  #layout: Layout | null = null;
  #places: Places | null = null;
  #mask: Surface | null = null;
  #panel: Surface | null = null;
  #colour: Surface | null = null;
  #coarse: Surface | null = null;
  #grid: ImageData | null = null;
  /** Where the coarse grid is drawn on the target: x, y, width, height. */
  #bloom: [number, number, number, number] = [0, 0, 0, 0];
  #coarseCell: Uint32Array = new Uint32Array();

  /** `ambient` is a small canvas that the page blurs into a glow around the panel. */
  constructor(target: HTMLCanvasElement, ambient: HTMLCanvasElement | null) {
    this.#target = { canvas: target, context: contextOf(target) };
    this.#ambient = ambient ? { canvas: ambient, context: contextOf(ambient) } : null;
  }

  /** Says how large the canvas is, in device pixels, and where the LEDs are. Cheap if nothing changed. */
  fit(layout: Layout, width: number, height: number): void {
    const { canvas } = this.#target;
    if (layout === this.#layout && canvas.width === width && canvas.height === height) return;
    this.#layout = layout;
    canvas.width = width;
    canvas.height = height;
    const places = place(layout, width, height);
    this.#places = places;
    this.#mask = dots(places, width, height);
    this.#panel = panel(this.#mask, width, height);
    this.#colour = surface(width, height);
    const columns = places.cells?.columns ?? COARSE;
    const rows = places.cells?.rows ?? Math.max(1, Math.round((COARSE * height) / width));
    const border = places.cells ? 0 : BORDER;
    const across = columns + 2 * border;
    this.#coarse = surface(across, rows + 2 * border);
    this.#grid = this.#coarse.context.createImageData(across, rows + 2 * border);
    const [cellWidth, cellHeight] = [width / columns, height / rows];
    this.#bloom = [
      -border * cellWidth,
      -border * cellHeight,
      width + 2 * border * cellWidth,
      height + 2 * border * cellHeight,
    ];
    this.#coarseCell =
      places.cells?.index ??
      Uint32Array.from({ length: places.centres.length / 2 }, (_, led) => {
        const column = Math.floor((places.centres[led * 2]! / width) * columns);
        const row = Math.floor((places.centres[led * 2 + 1]! / height) * rows);
        return (clamp(row, rows - 1) + border) * across + clamp(column, columns - 1) + border;
      });
    this.#target.context.drawImage(this.#panel.canvas, 0, 0);
  }

  paint(frame: Frame): void {
    const { context, canvas } = this.#target;
    const { width, height } = canvas;
    const [places, colour, coarse, grid] = [this.#places, this.#colour, this.#coarse, this.#grid];
    if (!places || !colour || !coarse || !grid || !this.#mask || !this.#panel) return;

    this.#fillGrid(frame, grid, places.cells !== null);
    coarse.context.putImageData(grid, 0, 0);

    if (places.cells) {
      colour.context.globalCompositeOperation = "copy";
      colour.context.imageSmoothingEnabled = false;
      colour.context.drawImage(coarse.canvas, 0, 0, width, height);
    } else {
      fillPoints(colour.context, frame, places);
    }
    colour.context.globalCompositeOperation = "destination-in";
    colour.context.drawImage(this.#mask.canvas, 0, 0);

    context.globalCompositeOperation = "copy";
    context.globalAlpha = 1;
    context.drawImage(this.#panel.canvas, 0, 0);
    context.globalCompositeOperation = "lighter";
    context.imageSmoothingEnabled = true;
    context.globalAlpha = BLOOM;
    context.drawImage(coarse.canvas, ...this.#bloom);
    context.globalAlpha = 1;
    context.drawImage(colour.canvas, 0, 0);

    if (this.#ambient) {
      const { context: glow, canvas: small } = this.#ambient;
      glow.globalCompositeOperation = "copy";
      glow.drawImage(coarse.canvas, 0, 0, small.width, small.height);
    }
  }

  /**
   * The coarse grid: the cells of a matrix as they are, the mean of the points in each cell otherwise.
   * Dark is clear instead of black, so that the glow around the panel is made of light only.
   */
  #fillGrid(frame: Frame, grid: ImageData, exact: boolean): void {
    const { data } = grid;
    const { rgb } = frame;
    const leds = Math.min(frame.leds, this.#coarseCell.length);
    data.fill(0);
    if (exact) {
      for (let led = 0; led < leds; led += 1) {
        const at = this.#coarseCell[led]! * 4;
        setLight(data, at, rgb[led * 3]!, rgb[led * 3 + 1]!, rgb[led * 3 + 2]!);
      }
      return;
    }
    const sums = new Float32Array(data.length);
    for (let led = 0; led < leds; led += 1) {
      const at = this.#coarseCell[led]! * 4;
      sums[at]! += rgb[led * 3]!;
      sums[at + 1]! += rgb[led * 3 + 1]!;
      sums[at + 2]! += rgb[led * 3 + 2]!;
      sums[at + 3]! += 1;
    }
    for (let at = 0; at < data.length; at += 4) {
      const n = sums[at + 3]!;
      if (n === 0) continue;
      setLight(data, at, sums[at]! / n, sums[at + 1]! / n, sums[at + 2]! / n);
    }
  }
}

/** The colour at full strength, as opaque as it is bright: over black, the colour itself. */
function setLight(data: Uint8ClampedArray, at: number, r: number, g: number, b: number): void {
  const brightest = Math.max(r, g, b);
  if (brightest === 0) return;
  const scale = 255 / brightest;
  data[at] = r * scale;
  data[at + 1] = g * scale;
  data[at + 2] = b * scale;
  data[at + 3] = brightest;
}

function clamp(value: number, largest: number): number {
  return Math.max(0, Math.min(largest, value));
}

function radiusOf(places: Places): number {
  return places.pitch * (places.cells ? 0.5 : 0.48);
}

/** White where a dot is, clear elsewhere: a bright core that softens towards its rim. */
function dots(places: Places, width: number, height: number): Surface {
  const mask = surface(width, height);
  const { context } = mask;
  context.fillStyle = "#fff";
  if (places.pitch < SMALLEST_DOT) {
    context.fillRect(0, 0, width, height);
    return mask;
  }
  const radius = radiusOf(places);
  // Drawn once at four times the size: crisp at any place, also between two pixels.
  const sprite = surface(Math.ceil(radius * 8), Math.ceil(radius * 8));
  const middle = sprite.canvas.width / 2;
  const gradient = sprite.context.createRadialGradient(middle, middle, 0, middle, middle, middle);
  gradient.addColorStop(0, "rgba(255, 255, 255, 1)");
  gradient.addColorStop(0.62, "rgba(255, 255, 255, 0.96)");
  gradient.addColorStop(0.8, "rgba(255, 255, 255, 0.5)");
  gradient.addColorStop(1, "rgba(255, 255, 255, 0)");
  sprite.context.fillStyle = gradient;
  sprite.context.fillRect(0, 0, sprite.canvas.width, sprite.canvas.height);
  context.imageSmoothingQuality = "high";
  for (let led = 0; led < places.centres.length / 2; led += 1) {
    const [x, y] = [places.centres[led * 2]!, places.centres[led * 2 + 1]!];
    context.drawImage(sprite.canvas, x - radius, y - radius, radius * 2, radius * 2);
  }
  return mask;
}

/** The panel with all LEDs off. */
function panel(mask: Surface, width: number, height: number): Surface {
  const off = surface(width, height);
  off.context.drawImage(mask.canvas, 0, 0);
  off.context.globalCompositeOperation = "source-in";
  off.context.fillStyle = UNLIT;
  off.context.fillRect(0, 0, width, height);
  off.context.globalCompositeOperation = "destination-over";
  off.context.fillStyle = PANEL;
  off.context.fillRect(0, 0, width, height);
  return off;
}

/** One block per lit LED; the mask makes it round. */
function fillPoints(context: CanvasRenderingContext2D, frame: Frame, places: Places): void {
  const radius = Math.max(1, radiusOf(places));
  context.globalCompositeOperation = "source-over";
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const leds = Math.min(frame.leds, places.centres.length / 2);
  for (let led = 0; led < leds; led += 1) {
    const [r, g, b] = [frame.rgb[led * 3]!, frame.rgb[led * 3 + 1]!, frame.rgb[led * 3 + 2]!];
    if ((r | g | b) === 0) continue;
    context.fillStyle = `rgb(${r},${g},${b})`;
    context.fillRect(places.centres[led * 2]! - radius, places.centres[led * 2 + 1]! - radius, radius * 2, radius * 2);
  }
}
