// Where in the item the light is; moves smoothly between events, and can be dragged.
import { useEffect, useRef } from "preact/hooks";
import * as client from "../api/client";
import { clock } from "../format";
import { link, live, playing, playState } from "../store/display";
import { positionAt } from "../store/live";
import { attempt } from "../store/notices";
import { reducedMotion } from "./motion";

export function Position() {
  const bar = useRef<HTMLInputElement>(null);
  const text = useRef<HTMLSpanElement>(null);
  const held = useRef(false);
  const item = playing.value;
  const lost = link.value !== "open";
  // Without a connection the position stands where it was last known.
  const state = lost ? "paused" : playState.value;
  const since = live.value.positionAtMs;

  useEffect(() => {
    if (item === null) return;
    let due = 0;
    let shownSecond = -1;
    const show = () => {
      const position = positionAt({ state }, item, since, performance.now());
      if (bar.current && !held.current && item.duration_s) {
        const coarse = reducedMotion() ? Math.floor(position) : position;
        fill(bar.current, coarse, item.duration_s);
      }
      const second = Math.floor(position);
      if (second !== shownSecond && text.current && !held.current) {
        shownSecond = second;
        text.current.textContent = clock(position);
        bar.current?.setAttribute("aria-valuetext", clock(position));
      }
      if (state === "playing") due = requestAnimationFrame(show);
    };
    show();
    return () => cancelAnimationFrame(due);
  }, [item, state, since]);

  if (item === null) return null;
  const { duration_s } = item;
  if (duration_s === null) {
    return (
      <div class="position endless">
        <span ref={text} class="time" />
        <span class="time">no end</span>
      </div>
    );
  }
  return (
    <div class="position">
      <input
        ref={bar}
        class="bar"
        type="range"
        min={0}
        max={duration_s}
        step="any"
        disabled={lost}
        aria-label="Position"
        onInput={(event) => {
          held.current = true;
          const value = event.currentTarget.valueAsNumber;
          fill(event.currentTarget, value, duration_s);
          if (text.current) text.current.textContent = clock(value);
        }}
        onChange={(event) => {
          const value = event.currentTarget.valueAsNumber;
          void attempt("The position was not changed", () => client.seek(value)).finally(() => {
            held.current = false;
          });
        }}
      />
      <span ref={text} class="time" />
      <span class="time">{clock(duration_s)}</span>
    </div>
  );
}

function fill(bar: HTMLInputElement, position: number, duration: number): void {
  bar.value = String(position);
  bar.style.setProperty("--share", String(Math.min(1, position / duration)));
}
