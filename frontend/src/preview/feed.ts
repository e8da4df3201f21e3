// The one stream of preview frames of this tab, for as many canvases as the page shows.
import { signal } from "@preact/signals";
import { connect, type Connection } from "../api/socket";
import { decode, type Frame } from "./frame";

/** At most 30 frames per second are asked for. */
const SPACING_MS = 1000 / 30;

/** The newest frame; null before the first. */
export const frame = signal<Frame | null>(null);

let viewers = 0;
let connection: Connection | null = null;

/** Frames flow while at least one viewer watches and the tab is seen. Call what it returns to stop. */
export function watch(): () => void {
  viewers += 1;
  if (viewers === 1) document.addEventListener("visibilitychange", follow);
  follow();
  return () => {
    viewers -= 1;
    if (viewers === 0) document.removeEventListener("visibilitychange", follow);
    // A change of page takes one viewer away and brings the next: the stream outlives that moment.
    setTimeout(follow, 200);
  };
}

function follow(): void {
  const wanted = viewers > 0 && !document.hidden;
  if (wanted && connection === null) {
    connection = stream();
  } else if (!wanted && connection !== null) {
    connection.close();
    connection = null;
  }
}

function stream(): Connection {
  let askedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (socket: WebSocket) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    askedAt = performance.now();
    socket.send("next");
  };
  const inner = connect("/api/preview", {
    link() {},
    open: ask,
    message(data, socket) {
      const decoded = data instanceof ArrayBuffer ? decode(data) : null;
      if (decoded) frame.value = decoded;
      clearTimeout(timer);
      timer = setTimeout(ask, Math.max(0, SPACING_MS - (performance.now() - askedAt)), socket);
    },
  });
  return {
    lose: inner.lose,
    close() {
      clearTimeout(timer);
      inner.close();
    },
  };
}
