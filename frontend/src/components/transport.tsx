// Previous, play or pause, stop, next.
import * as client from "../api/client";
import { playing, playState } from "../store/display";
import { attempt } from "../store/notices";
import { Icon, type IconName } from "./icon";

interface KeyProps {
  label: string;
  icon: IconName;
  class?: string;
  disabled?: boolean;
  run(): Promise<unknown>;
}

function Key({ label, icon, run, disabled, ...rest }: KeyProps) {
  return (
    <button
      type="button"
      class={`key ${rest.class ?? ""}`}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={() => void attempt(`“${label}” did not work`, run)}
    >
      <Icon name={icon} />
    </button>
  );
}

export function PlayPause() {
  switch (playState.value) {
    case "playing":
      return <Key class="main" label="Pause" icon="pause" run={() => client.command("pause")} />;
    case "paused":
      return <Key class="main" label="Resume" icon="play" run={() => client.command("resume")} />;
    case "stopped":
      return <Key class="main" label="Play" icon="play" run={() => client.play({})} />;
  }
}

export function Next() {
  return <Key label="Next" icon="next" disabled={playing.value === null} run={() => client.command("next")} />;
}

export function Transport() {
  const idle = playing.value === null;
  return (
    <div class="transport" role="group" aria-label="Playback">
      <Key label="Previous" icon="previous" disabled={idle} run={() => client.command("previous")} />
      <PlayPause />
      <Next />
      <Key label="Stop" icon="stop" class="quiet" disabled={playState.value === "stopped"} run={() => client.command("stop")} />
    </div>
  );
}
