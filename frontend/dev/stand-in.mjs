// A development stand-in for the daemon: enough of its HTTP and WebSocket API to work on the page
// without one. Everything is in memory and gone at the end. It is no reference for the API and no
// part of the product.
//
//   npm run stand-in -- [--port 8080] [--empty] [--dist build/dist] [--points] [--driven]
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { bytesOf, encodePng, decodePng } from "./png.mjs";
import { paintEffect } from "./paint.mjs";
import { accept } from "./websocket.mjs";

const args = process.argv.slice(2);
const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback);
const port = Number(option("--port", "8080"));
const dist = option("--dist", "build/dist");
const [columns, rows] = option("--matrix", "64x32").split("x").map(Number);
const fill = !args.includes("--empty");
/** A live input draws instead of the playlist. */
const driven = args.includes("--driven");

const leds = [];
if (args.includes("--points")) {
  for (let n = 0; n < 700; n += 1) {
    const turn = n * 2.399963;
    const radius = 0.47 * Math.sqrt((n + 0.5) / 700);
    leds.push([0.5 + radius * Math.cos(turn) * 0.62, 0.5 + radius * Math.sin(turn)]);
  }
} else {
  for (let row = 0; row < rows; row += 1) {
    for (let n = 0; n < columns; n += 1) {
      const column = row % 2 === 0 ? n : columns - 1 - n;
      leds.push([(column + 0.5) / columns, (row + 0.5) / rows]);
    }
  }
}
const layout = args.includes("--points")
  ? { kind: "points", columns: 0, rows: 0, leds }
  : { kind: "matrix", columns, rows, leds };

const number = (minimum, maximum, preset, description, unit = "") => ({
  type: "number", minimum, maximum, default: preset, description, "x-unit": unit,
});
const palette = (preset) => ({
  type: "string",
  enum: ["rainbow", "sunset", "ocean", "forest", "neon", "lava", "aurora", "candy", "ice"],
  default: preset,
  description: "The colours.",
});
const speed = number(0, 5, 1, "How fast it moves.", "×");
const effect = (id, name, family, description, properties) => ({
  id, name, family, description,
  params: { type: "object", additionalProperties: false, properties: { speed, ...properties } },
});
const effects = [
  effect("plasma", "Plasma", "waves", "Slow waves of colour that bend each other.", {
    palette: palette("sunset"),
    scale: number(0.25, 4, 1, "How large the waves are.", "×"),
  }),
  effect("rainbow", "Rainbow", "waves", "Bands of all colours that travel in one direction, or out of the middle.", {
    shape: { type: "string", enum: ["bands", "rings", "fan"], default: "bands", description: "How the colours lie." },
    bend: number(0, 1, 0.35, "How much the bands sway."),
  }),
  effect("fire", "Fire", "nature", "Flames that rise from the lower edge, with sparks above them.", {
    sparks: number(0, 1, 0.4, "How many sparks fly."),
  }),
  effect("noise_flow", "Noise flow", "noise", "Coloured ink that is drawn out into veils and threads.", {
    palette: palette("aurora"),
  }),
  effect("starfield", "Starfield", "particles", "A flight through stars and faint clouds.", {
    color: { type: "string", format: "color", pattern: "^#[0-9A-Fa-f]{6}$", default: "#A8C8FF", description: "The light of most stars." },
    density: number(0.1, 1, 0.5, "How many stars there are."),
  }),
  effect("ripples", "Ripples", "nature", "Rings that run from drops on water and cross each other.", { palette: palette("ocean") }),
  effect("test_bars", "Test bars", "test", "Bars of all mixtures of red, green and blue over steps of grey; a line passes over them.", {
    level: number(0.1, 1, 0.75, "The bytes of the bars; 1 is 255."),
  }),
  effect("test_ramp", "Test ramps", "test", "Grey, red, green and blue that rise from black and travel.", {
    count: number(1, 8, 1, "Ramps in the width."),
  }),
];

const seconds = { type: "number", minimum: 0, maximum: 60, default: 1, title: "Duration", description: "Seconds." };
const curve = {
  type: "string", enum: ["linear", "smooth"], default: "linear", title: "Curve",
  description: "How light follows time: evenly, or slowly at the beginning and the end.",
};
const middle = { type: "string", format: "color", pattern: "^#[0-9A-Fa-f]{6}$", default: "#000000", title: "Colour", description: "The colour in its middle." };
const transition = (id, name, description, properties) => ({
  id, name, family: "basic", description, params: { type: "object", additionalProperties: false, properties },
});
const transitions = [
  transition("cut", "Cut", "The item is there at once.", {}),
  transition("crossfade", "Crossfade", "The item before and this one are mixed, in linear light.", { curve, duration_s: seconds }),
  transition("fade", "Fade through a colour", "The item before fades to a colour, then this one comes out of it.", {
    color: middle, curve, duration_s: seconds,
  }),
];
const inputs = driven
  ? [{ id: "live", kind: "ring", state: "active", driving: true, priority: 100, frames: 4096, rate_fps: 30, target: "prismatron_main_live", error: null }]
  : [];

const id = () => randomBytes(6).toString("hex");
const media = new Map();
const contents = new Map();
const playlists = new Map();
const started = Date.now();
let brightness = 0.8;
let player = { state: "stopped", reason: null, playing: null };
let current = null;
let last = {};
let sinceMs = 0;
let seq = 0;
let frameNumber = 0;
const listeners = new Set();

function now() {
  return Date.now();
}

function position() {
  if (!player.playing) return 0;
  return player.playing.position_s + (player.state === "playing" ? (now() - sinceMs) / 1000 : 0);
}

function snapshotPlayer() {
  if (!player.playing) return player;
  return { ...player, playing: { ...player.playing, position_s: position() } };
}

function status() {
  const frames = Math.round((now() - started) / 1000 * 60);
  return {
    version: "0.1.0", instance: "main", uptime_s: (now() - started) / 1000, ...snapshotPlayer(),
    source: driven ? "live" : player.state === "stopped" ? "none" : "playlist",
    display: { width: 800, height: 480, fps: 60, brightness }, leds: leds.length,
    frames: { presented: frames, late: 3, ran_late: 0, dropped: 0, superseded: 12, lateness_us: { p50: 61, p99: 240, max: 1904 } },
    outputs: [
      { id: "wall", kind: "ddp", target: "192.168.4.174:4048", state: "ok", error: null, frames, leds: leds.length },
      ...(fill ? [{ id: "sign", kind: "spi", target: "/dev/spidev0.0", state: "failed", error: "output \"sign\": /dev/spidev0.0: no such device", frames: 0, leds: 64 }] : []),
    ],
    system: { pid: process.pid, realtime: "nice", producers: 2, reasons: fill ? ["output \"sign\" is failed"] : [],
      sandbox: { state: "full", landlock_abi: 7, landlock: "full", seccomp: true, reason: null },
    },
  };
}

function tell(event) {
  seq += 1;
  const text = JSON.stringify({ seq, ...event });
  for (const socket of listeners) socket.send(text);
}

function setPlayer(next) {
  player = next;
  sinceMs = now();
  tell({ type: "player", ...next });
}

function nameOf(item) {
  if (item.kind === "media") return media.get(item.media_id)?.name ?? "?";
  if (item.kind === "effect") return effects.find((one) => one.id === item.effect)?.name ?? item.effect;
  return item.color;
}

function natural(item) {
  const file = media.get(item.media_id);
  if (file?.duration_s) return file.kind === "animation" ? Math.max(5, file.duration_s) : file.duration_s;
  return item.kind === "effect" ? 30 : 10;
}

function playItem(list, index, state = "playing", at = 0) {
  const item = list.items[index];
  current = { list, index, item };
  setPlayer({
    state, reason: null,
    playing: {
      playlist_id: list.id ?? null, playlist_name: list.name ?? null, item_id: item.id, kind: item.kind,
      name: nameOf(item), media_id: item.media_id ?? null, effect: item.effect ?? null, index,
      count: list.items.length, position_s: at, duration_s: list.id ? (item.duration_s ?? natural(item)) : null,
    },
  });
}

function step(by) {
  if (!current) return;
  const list = playlists.get(current.list.id) ?? current.list;
  const there = list.items.findIndex((item) => item.id === current.item.id);
  const index = (Math.max(0, there) + by + list.items.length) % list.items.length;
  const item = list.items[index];
  if (item.kind === "media" && media.get(item.media_id)?.state !== "ready") {
    tell({ type: "item_skipped", item_id: item.id, name: nameOf(item), reason: "the file is not ready" });
    current = { list, index, item };
    return step(by);
  }
  playItem(list, index);
}

setInterval(() => {
  if (player.state === "playing" && player.playing?.duration_s != null && position() >= player.playing.duration_s) step(1);
}, 50);

// --- light

const cover = (picture, x, y) => {
  const scale = Math.min(picture.width / 800, picture.height / 480);
  const px = Math.floor((x - 0.5) * 800 * scale + picture.width / 2);
  const py = Math.floor((y - 0.5) * 480 * scale + picture.height / 2);
  const at = (Math.min(picture.height - 1, Math.max(0, py)) * picture.width + Math.min(picture.width - 1, Math.max(0, px))) * 3;
  return [picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]];
};

function frame() {
  frameNumber += 1;
  const bytes = Buffer.alloc(16 + leds.length * 3);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(leds.length, 4);
  bytes.writeBigUInt64LE(BigInt(frameNumber), 8);
  if (player.state === "stopped" || !current) return bytes;
  const { item } = current;
  const t = position();
  const light = brightness ** (1 / 2.2);
  const picture = item.kind === "media" ? contents.get(item.media_id)?.picture : null;
  leds.forEach(([x, y], led) => {
    let rgb = [0, 0, 0];
    if (picture) rgb = cover(picture, x, y);
    else if (item.kind === "color") rgb = bytesOf(item.color);
    else if (item.kind === "effect") rgb = paintEffect(item.effect, item.params ?? {}, x * 5 / 3, y, t);
    for (let c = 0; c < 3; c += 1) bytes[16 + led * 3 + c] = Math.round(rgb[c] * light);
  });
  return bytes;
}

// --- HTTP

class Refusal extends Error {
  constructor(code, detail, more = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

const csp = "default-src 'self'; frame-ancestors 'none'";

function answer(response, code, body, headers = {}) {
  const isError = code >= 400;
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(code, {
    "Content-Type": isError ? "application/problem+json" : "application/json",
    ...headers,
  });
  response.end(text);
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function jsonOf(request) {
  const text = (await bodyOf(request)).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}

function filePart(body, contentType) {
  const boundary = /boundary=(.+)$/.exec(contentType)?.[1];
  const headEnd = body.indexOf("\r\n\r\n");
  const head = body.subarray(0, headEnd).toString("utf8");
  const end = body.lastIndexOf(`\r\n--${boundary}`);
  return { name: /filename="([^"]*)"/.exec(head)?.[1] ?? "file", bytes: body.subarray(headEnd + 4, end) };
}

function addMedia(name, bytes, settle, moving = {}) {
  const hash = createHash("sha256").update(bytes).digest("hex");
  const old = [...media.values()].find((one) => one.hash === hash);
  if (old) return { item: old, existed: true };
  const item = {
    id: id(), name, kind: "unknown", width: 0, height: 0, duration_s: null, bytes: bytes.length, state: "processing",
    error: null, content_type: "application/octet-stream", hash, created_at: new Date(now() + media.size).toISOString(),
  };
  media.set(item.id, item);
  tell({ type: "media", media: item });
  const finish = () => {
    const picture = decodePng(bytes);
    const done = picture
      ? { ...item, kind: "image", width: picture.width, height: picture.height, state: "ready", content_type: "image/png", ...moving }
      : { ...item, state: "rejected", error: "the content is of no known kind" };
    media.set(item.id, done);
    contents.set(item.id, { bytes, picture });
    tell({ type: "media", media: done });
  };
  if (settle) finish();
  else setTimeout(finish, 700);
  return { item, existed: false };
}

function found(map, key, what) {
  const value = map.get(key);
  if (!value) throw new Refusal(404, `there is no ${what} "${key}"`);
  return value;
}

function stored(list, wish) {
  return {
    ...list, name: wish.name, loop: wish.loop ?? true, shuffle: wish.shuffle ?? false,
    items: (wish.items ?? []).map((item) => ({ duration_s: null, fit: "cover", transition: null, ...item, id: item.id ?? id() })),
  };
}

async function api(request, response, url) {
  const [, , resource, key, part] = url.pathname.split("/").map(decodeURIComponent);
  const { method } = request;
  const route = `${method} ${resource}${key === undefined ? "" : "/:"}${part === undefined ? "" : `/${part}`}`;
  const etag = (list) => ({ ETag: `"${list.revision}"` });
  const page = (items) => answer(response, 200, { items, total: items.length });
  switch (route) {
    case "GET status": return answer(response, 200, status());
    case "GET layout": return answer(response, 200, layout);
    case "GET effects": return page(effects);
    case "GET transitions": return page(transitions);
    case "GET inputs": return page(inputs);
    case "PATCH settings": {
      const patch = await jsonOf(request);
      const wanted = patch.display?.brightness;
      if (!(wanted >= 0 && wanted <= 1)) throw new Refusal(422, `display.brightness: ${wanted} is not 0 to 1`);
      brightness = wanted;
      tell({ type: "brightness", brightness });
      return answer(response, 200, { display: { brightness } });
    }
    case "GET media": return page([...media.values()].reverse().slice(Number(url.searchParams.get("offset") ?? 0)));
    case "POST media": {
      const { name, bytes } = filePart(await bodyOf(request), request.headers["content-type"] ?? "");
      if (bytes.length === 0) throw new Refusal(400, `file "${name}" is empty`);
      const { item, existed } = addMedia(name, bytes, false);
      return answer(response, existed ? 200 : 201, item);
    }
    case "GET media/:": return answer(response, 200, found(media, key, "media"));
    case "PATCH media/:": {
      const item = { ...found(media, key, "media"), name: (await jsonOf(request)).name };
      media.set(key, item);
      tell({ type: "media", media: item });
      return answer(response, 200, item);
    }
    case "DELETE media/:": {
      const item = found(media, key, "media");
      const users = [...playlists.values()].filter((list) => list.items.some((one) => one.media_id === key));
      if (users.length > 0 && url.searchParams.get("force") !== "true") {
        throw new Refusal(409, `media "${item.name}" is used by the playlists ${users.map(({ name }) => `"${name}"`).join(", ")}`);
      }
      media.delete(key);
      tell({ type: "media_deleted", id: key });
      return answer(response, 204);
    }
    case "GET media/:/thumbnail":
    case "GET media/:/content": {
      found(media, key, "media");
      response.writeHead(200, { "Content-Type": "image/png" });
      return response.end(contents.get(key)?.bytes);
    }
    case "GET playlists": return page([...playlists.values()].slice(Number(url.searchParams.get("offset") ?? 0)));
    case "POST playlists": {
      const list = stored({ id: id(), revision: 1 }, await jsonOf(request));
      playlists.set(list.id, list);
      tell({ type: "playlist", id: list.id, revision: 1 });
      return answer(response, 201, list, etag(list));
    }
    case "GET playlists/:": {
      const list = found(playlists, key, "playlist");
      return answer(response, 200, list, etag(list));
    }
    case "PUT playlists/:": {
      const old = found(playlists, key, "playlist");
      const match = request.headers["if-match"];
      const wish = await jsonOf(request);
      if (match !== undefined && match !== `"${old.revision}"`) {
        throw new Refusal(412, `playlist "${old.name}" is at revision ${old.revision}, not ${match}`);
      }
      const list = { ...stored(old, wish), revision: old.revision + 1 };
      playlists.set(key, list);
      tell({ type: "playlist", id: key, revision: list.revision });
      return answer(response, 200, list, etag(list));
    }
    case "DELETE playlists/:":
      found(playlists, key, "playlist");
      playlists.delete(key);
      tell({ type: "playlist_deleted", id: key });
      if (current?.list.id === key) setPlayer({ state: "stopped", reason: null, playing: null });
      return answer(response, 204);
    case "POST player/:":
      command(key, await jsonOf(request));
      return answer(response, 200, { playing: snapshotPlayer().playing });
    default:
      throw new Refusal(404, `there is no ${url.pathname}`);
  }
}

function command(verb, wish) {
  switch (verb) {
    case "play": {
      const asked = Object.keys(wish).length > 0 ? wish : last;
      if (Object.keys(wish).length === 0 && player.state === "paused") return command("resume", {});
      if (asked.playlist_id) {
        const list = found(playlists, asked.playlist_id, "playlist");
        if (list.items.length === 0) throw new Refusal(409, `playlist "${list.name}" is empty`);
        playItem(list, Math.max(0, list.items.findIndex((item) => item.id === asked.item_id)));
      } else if (asked.media_id) {
        found(media, asked.media_id, "media");
        playItem({ items: [{ id: "alone", kind: "media", media_id: asked.media_id }] }, 0);
      } else if (asked.effect) {
        playItem({ items: [{ id: "alone", kind: "effect", effect: asked.effect, params: asked.params }] }, 0);
      } else throw new Refusal(409, "nothing was asked for yet that could be played again");
      last = asked;
      return;
    }
    case "pause": return setPlayer({ ...snapshotPlayer(), state: "paused" });
    case "resume": return setPlayer({ ...snapshotPlayer(), state: "playing" });
    case "stop": return setPlayer({ state: "stopped", reason: null, playing: null });
    case "next": return step(1);
    case "previous": return step(-1);
    case "seek": return playItem(current.list, current.index, player.state, wish.position_s);
    default: throw new Refusal(404, `there is no command "${verb}"`);
  }
}

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

async function file(response, path) {
  const name = path === "/" ? "index.html" : normalize(path).replace(/^(\.\.[/\\])+/, "");
  try {
    const bytes = await readFile(join(dist, name));
    response.writeHead(200, {
      "Content-Type": types[extname(name)] ?? "application/octet-stream",
      "Content-Security-Policy": csp,
      "Cache-Control": "no-cache",
    });
    response.end(bytes);
  } catch {
    response.writeHead(404);
    response.end("not here");
  }
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://stand-in");
  if (!url.pathname.startsWith("/api/")) return void file(response, url.pathname);
  api(request, response, url).catch((error) => {
    const code = error.code ?? 500;
    answer(response, Number.isInteger(code) ? code : 500, { title: "Refused", status: code, detail: error.message, ...error.more });
  });
});

server.on("upgrade", (request, socket) => {
  const path = new URL(request.url, "http://stand-in").pathname;
  if (path === "/api/events") {
    const listener = accept(request, socket, () => {}, () => listeners.delete(listener));
    listeners.add(listener);
    listener.send(JSON.stringify({ seq, type: "snapshot", state: status() }));
  } else if (path === "/api/preview") {
    const viewer = accept(request, socket, () => viewer.send(frame()), () => {});
  } else socket.destroy();
});

// --- something to look at

if (fill) {
  const picture = (name, width, height, of, moving) => addMedia(name, encodePng(width, height, of), true, moving).item.id;
  const sunset = picture("sunset over the bay.png", 500, 300, (x, y) =>
    y > 0.62
      ? [40 + 120 * Math.abs(Math.sin(y * 60 + x * 9)) * (1 - y), 24, 60 + 30 * x]
      : Math.hypot(x - 0.5, (y - 0.55) * 0.6) < 0.12 ? [255, 214, 120] : [255 - 120 * (0.6 - y), 90 + 110 * y, 70 + 130 * (0.6 - y)]);
  const tiles = picture("tiles.png", 400, 240, (x, y) =>
    (Math.floor(x * 10) + Math.floor(y * 6)) % 2 ? [250, 250, 250] : [20, 110 + 100 * x, 200]);
  const portrait = picture("poster-tall-with-a-very-long-file-name-that-does-not-fit.png", 200, 320, (x, y) => [230 * y, 40, 200 * (1 - x)]);
  const rings = picture("rings.png", 300, 300, (x, y) => {
    const r = Math.hypot(x - 0.5, y - 0.5) * 14;
    return [127 + 127 * Math.sin(r), 127 + 127 * Math.sin(r + 2), 127 + 127 * Math.sin(r + 4)];
  });
  // They stand still here: it is their words that the page is worked on for.
  const film = picture("waves at the pier.mp4", 320, 180, (x, y) => [20, 90 + 100 * y, 160 + 90 * Math.sin(x * 20)], { kind: "video", duration_s: 95.4, frames: 2862 });
  const blink = picture("blink.gif", 64, 64, (x, y) => [250 * x, 60, 250 * y], { kind: "animation", duration_s: 1.2, frames: 12 });
  const broken = addMedia("notes.txt", Buffer.from("no picture at all"), true).item.id;
  const make = (name, items, more = {}) => {
    const list = { ...stored({ id: id(), revision: 1 }, { name, items, ...more }), revision: 1 };
    playlists.set(list.id, list);
    return list;
  };
  const evening = make("Evening", [
    { kind: "effect", effect: "plasma", params: {}, duration_s: 40 },
    { kind: "media", media_id: sunset, duration_s: 12, transition: { kind: "crossfade", duration_s: 2 } },
    { kind: "color", color: "#FF6A00", duration_s: 6 },
    { kind: "media", media_id: rings },
    { kind: "media", media_id: film, transition: { kind: "fade", duration_s: 1.5, curve: "smooth", color: "#000000" } },
    { kind: "media", media_id: blink },
    { kind: "effect", effect: "starfield", params: { color: "#88BBFF" } },
    { kind: "media", media_id: broken },
  ]);
  make("Demonstration", [{ kind: "effect", effect: "rainbow", params: {} }, { kind: "effect", effect: "fire", params: {} }, { kind: "media", media_id: tiles }]);
  make("Shop window", [{ kind: "media", media_id: portrait }, { kind: "media", media_id: tiles }]);
  make("Later", []);
  last = { playlist_id: evening.id };
  playItem(evening, 0, "playing", 7);
}

server.listen(port, "127.0.0.1", () => console.log(`stand-in on http://127.0.0.1:${port}`));
