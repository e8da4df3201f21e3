// Pictures and videos of one colour, made here so that no file has to be kept.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

export type Rgb = [number, number, number];

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = table[(value ^ byte) & 255]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, check]);
}

/** `note` goes into a text chunk, so that no two pictures are the same file. */
export function picture(width: number, height: number, rgb: Rgb, note: string): Buffer {
  return png(head(width, height), text(note), [chunk("IDAT", pixels(width, height, rgb))]);
}

/** An APNG: one frame of each colour, each shown for `delay_ms`. */
export function animation(width: number, height: number, colors: Rgb[], delay_ms: number, note: string): Buffer {
  let sequence = 0;
  const control = Buffer.alloc(8);
  control.writeUInt32BE(colors.length, 0);
  const frames = colors.flatMap((rgb, index) => {
    const frame = Buffer.alloc(26);
    [sequence++, width, height, 0, 0].forEach((value, place) => frame.writeUInt32BE(value, place * 4));
    frame.writeUInt16BE(delay_ms, 20);
    frame.writeUInt16BE(1000, 22);
    const data = pixels(width, height, rgb);
    if (index === 0) return [chunk("fcTL", frame), chunk("IDAT", data)];
    const number = Buffer.alloc(4);
    number.writeUInt32BE(sequence++);
    return [chunk("fcTL", frame), chunk("fdAT", Buffer.concat([number, data]))];
  });
  return png(head(width, height), text(note), [chunk("acTL", control), ...frames]);
}

/** An MP4 of one colour; null where ffmpeg is not installed. */
export function video(width: number, height: number, color: string, seconds: number, note: string): Buffer | null {
  const folder = mkdtempSync(join(tmpdir(), "prismatron-video-"));
  const path = join(folder, "video.mp4");
  const source = `color=c=${color}:s=${width}x${height}:r=25:d=${seconds}`;
  const { status } = spawnSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-metadata", `title=${note}`, path]);
  const bytes = status === 0 ? readFileSync(path) : null;
  rmSync(folder, { recursive: true });
  return bytes;
}

function png(header: Buffer, note: Buffer, rest: Buffer[]): Buffer {
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([mark, header, note, ...rest, chunk("IEND", Buffer.alloc(0))]);
}

function head(width: number, height: number): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([8, 2, 0, 0, 0], 8);
  return chunk("IHDR", data);
}

function text(note: string): Buffer {
  return chunk("tEXt", Buffer.from(`Comment\0${note}`, "latin1"));
}

function pixels(width: number, height: number, rgb: Rgb): Buffer {
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from(rgb))]);
  return deflateSync(Buffer.concat(Array.from({ length: height }, () => line)));
}
