// The preview's binary frames.

export interface Frame {
  /** The tick it belongs to. Exact up to 2^53, which no display lives to see. */
  number: number;
  leds: number;
  /** R G B per LED, in the order of the layout. */
  rgb: Uint8Array;
}

const HEADER = 16;
const VERSION = 1;
/** The one format so far: three sRGB bytes per LED. */
const FORMAT_RGB8 = 0;

/** Null for anything that this page does not understand. */
export function decode(data: ArrayBuffer): Frame | null {
  if (data.byteLength < HEADER) return null;
  const view = new DataView(data);
  if (view.getUint8(0) !== VERSION || view.getUint8(1) !== FORMAT_RGB8) return null;
  const leds = view.getUint32(4, true);
  if (data.byteLength < HEADER + leds * 3) return null;
  const number = view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32;
  return { number, leds, rgb: new Uint8Array(data, HEADER, leds * 3) };
}
