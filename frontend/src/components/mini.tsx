// What plays, on the pages that do not show the big stage.
import type { Playing } from "../api/shapes";
import { href } from "../route";
import { driver, link, playing, playState, status } from "../store/display";
import { Stage } from "./stage";
import { Next, PlayPause } from "./transport";

export function Mini() {
  const item = playState.value === "stopped" ? null : playing.value;
  if (status.value === null) return null;
  return (
    <section class="mini" aria-label="Now playing">
      <a class="mini-open" href={href("play")}>
        <Stage small />
        <span class="mini-text">
          <span class="name">{item?.name ?? "Stopped"}</span>
          <span class="meta">{told(item)}</span>
        </span>
      </a>
      <PlayPause />
      <Next />
    </section>
  );
}

function told(item: Playing | null): string {
  if (link.value !== "open") return "Reconnecting…";
  if (driver.value !== null) return `${driver.value} drives the display`;
  if (item === null) return status.value?.reason ?? "The display is dark";
  return item.playlist_name ?? (playState.value === "paused" ? "Paused" : "Live");
}
