// The brightness slider.
import { useEffect, useRef } from "preact/hooks";
import { percent } from "../format";
import { brightness, set } from "../store/brightness";
import { Icon } from "./icon";

export function Brightness() {
  const slider = useRef<HTMLInputElement>(null);
  const value = brightness.value;
  useEffect(() => slider.current?.style.setProperty("--share", String(value ?? 0)), [value]);
  return (
    <label class="brightness">
      <Icon name="sun" />
      <span class="hidden">Brightness</span>
      <input
        ref={slider}
        class="slider"
        type="range"
        min={0}
        max={1}
        step={0.01}
        value={value ?? 0}
        disabled={value === null}
        aria-valuetext={value === null ? "not known yet" : percent(value)}
        onInput={(event) => set(event.currentTarget.valueAsNumber)}
      />
      <span class="brightness-value">{value === null ? "–" : percent(value)}</span>
    </label>
  );
}
