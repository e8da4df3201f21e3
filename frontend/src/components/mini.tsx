// What plays, on the pages that do not show the big stage.
import { href } from "../route";
import { playing, playState, status } from "../store/display";
import { Stage } from "./stage";
import { Next, PlayPause } from "./transport";

export function Mini() {
  const item = playing.value;
  if (status.value === null) return null;
  return (
    <section class="mini" aria-label="Now playing">
      <a class="mini-open" href={href("play")}>
        <Stage small />
        <span class="mini-text">
          <span class="name">{item && playState.value !== "stopped" ? item.name : "Stopped"}</span>
          <span class="meta">
            {item && playState.value !== "stopped"
              ? (item.playlist_name ?? (playState.value === "paused" ? "Paused" : "Live"))
              : (status.value.reason ?? "The display is dark")}
          </span>
        </span>
      </a>
      <PlayPause />
      <Next />
    </section>
  );
}
