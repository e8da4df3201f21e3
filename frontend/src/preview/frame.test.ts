import { expect, test } from "vitest";
import { decode } from "./frame";

function bytes(version: number, format: number, leds: number, number: bigint, rgb: number[]): ArrayBuffer {
  const buffer = new ArrayBuffer(16 + rgb.length);
  const view = new DataView(buffer);
  view.setUint8(0, version);
  view.setUint8(1, format);
  view.setUint16(2, 0, true);
  view.setUint32(4, leds, true);
  view.setBigUint64(8, number, true);
  new Uint8Array(buffer, 16).set(rgb);
  return buffer;
}

test("a frame is its number and three bytes for each LED", () => {
  const frame = decode(bytes(1, 0, 2, 0x1_0000_0007n, [1, 2, 3, 250, 251, 252]));
  expect(frame?.number).toBe(0x1_0000_0007);
  expect(frame?.leds).toBe(2);
  expect([...frame!.rgb]).toEqual([1, 2, 3, 250, 251, 252]);
});

test("a frame that is cut short, or of another version or format, is not shown", () => {
  expect(decode(new ArrayBuffer(0))).toBeNull();
  expect(decode(new ArrayBuffer(15))).toBeNull();
  expect(decode(bytes(1, 0, 2, 1n, [1, 2, 3]))).toBeNull();
  expect(decode(bytes(2, 0, 0, 1n, []))).toBeNull();
  expect(decode(bytes(1, 9, 0, 1n, []))).toBeNull();
});
