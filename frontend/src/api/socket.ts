// A WebSocket that comes back after it was lost.
import { waitMs } from "./backoff";

export type Link = "connecting" | "open" | "reconnecting";

export interface Listener {
  link(link: Link): void;
  open?(socket: WebSocket): void;
  message(data: unknown, socket: WebSocket): void;
}

export interface Connection {
  /** Gives up a socket whose other end is known to be gone, without waiting for the network to notice. */
  lose(): void;
  close(): void;
}

/** A connection that is this silent at its opening is given up, e.g. after a phone changed networks. */
const OPEN_LIMIT_MS = 8_000;

export function connect(path: string, listener: Listener): Connection {
  let socket: WebSocket | null = null;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const open = () => {
    clearTimeout(timer);
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(url);
    socket = mine;
    mine.binaryType = "arraybuffer";
    const limit = setTimeout(() => mine.close(), OPEN_LIMIT_MS);
    mine.onopen = () => {
      clearTimeout(limit);
      listener.link("open");
      listener.open?.(mine);
    };
    mine.onmessage = (event) => {
      if (socket !== mine) return;
      // Only a connection that says something counts as success: one that is opened and shut at once backs off too.
      failures = 0;
      listener.message(event.data, mine);
    };
    mine.onclose = () => {
      clearTimeout(limit);
      if (!closed && socket === mine) lost();
    };
  };

  const lost = () => {
    socket = null;
    failures += 1;
    listener.link("reconnecting");
    timer = setTimeout(open, waitMs(failures, Math.random()));
  };

  // Back from sleep or flight mode: no reason to sit out the wait.
  const atOnce = () => {
    if (closed || document.hidden || socket !== null) return;
    open();
  };
  window.addEventListener("online", atOnce);
  document.addEventListener("visibilitychange", atOnce);

  listener.link("connecting");
  open();
  return {
    lose() {
      const mine = socket;
      if (closed || mine === null) return;
      lost();
      mine.close();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener("online", atOnce);
      document.removeEventListener("visibilitychange", atOnce);
      socket?.close();
    },
  };
}
