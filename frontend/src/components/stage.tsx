// The live light: a canvas of glowing dots.
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { frame, watch } from "../preview/feed";
import { Painter } from "../preview/painter";
import { layout, link, readLayout, status } from "../store/display";

/** More device pixels than this per CSS pixel cannot be told apart on dots, but cost. */
const DENSEST = 2;

interface Props {
  /** Small: beside the title on other pages. No glow around it, nothing to announce. */
  small?: boolean;
}

export function Stage({ small }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const glow = useRef<HTMLCanvasElement>(null);
  const display = status.value?.display;
  const aspect = display && display.height > 0 ? display.width / display.height : 5 / 3;

  useEffect(() => box.current?.style.setProperty("--aspect", String(aspect)), [aspect]);

  useEffect(() => {
    const target = canvas.current;
    if (!target) return;
    const painter = new Painter(target, glow.current);
    let [width, height] = [0, 0];
    let due = 0;
    let mismatch = 0;

    const paint = () => {
      due = 0;
      const shown = layout.peek();
      if (!shown || width === 0 || height === 0) return;
      painter.fit(shown, width, height);
      const newest = frame.peek();
      if (!newest) return;
      painter.paint(newest);
      // Another count than the layout has: it was changed, ask for the new one (not with every frame).
      if (newest.leds !== shown.leds.length && performance.now() - mismatch > 2000) {
        mismatch = performance.now();
        void readLayout();
      }
    };
    const soon = () => {
      if (due === 0) due = requestAnimationFrame(paint);
    };

    const sizes = new ResizeObserver(() => {
      const density = Math.min(DENSEST, devicePixelRatio);
      width = Math.round(target.clientWidth * density);
      height = Math.round(target.clientHeight * density);
      soon();
    });
    sizes.observe(target);
    const stopFrames = effect(() => {
      frame.value;
      layout.value;
      soon();
    });
    const stopWatching = watch();
    return () => {
      sizes.disconnect();
      stopFrames();
      stopWatching();
      cancelAnimationFrame(due);
    };
  }, []);

  return (
    <div ref={box} class={`stage${small ? " small" : ""}${link.value === "reconnecting" ? " lost" : ""}`}>
      {!small && <canvas ref={glow} class="stage-glow" width={48} height={30} aria-hidden="true" />}
      <canvas
        ref={canvas}
        class="stage-leds"
        {...(small ? { "aria-hidden": "true" } : { role: "img", "aria-label": "Live view of the LEDs" })}
      />
    </div>
  );
}
