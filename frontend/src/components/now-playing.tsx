// What is lit, in words.
import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "../format";
import { href } from "../route";
import { kindOf } from "../item";
import { driver, link, playing, playState, status } from "../store/display";

export function NowPlaying() {
  const item = playing.value;
  const state = playState.value;
  const reason = status.value?.reason;
  if (status.value === null) {
    return (
      <div class="now">
        <h1 class="now-name">{link.value === "reconnecting" ? "No connection" : "Connecting…"}</h1>
        <p class="meta">{link.value === "reconnecting" ? "The display does not answer. Trying again." : "\u00a0"}</p>
      </div>
    );
  }
  if (item === null) {
    return (
      <div class="now">
        <h1 class="now-name">{state === "stopped" ? "Stopped" : "Nothing is playing"}</h1>
        <p class="meta">{reason ? sentence(reason) : "The display is dark."}</p>
      </div>
    );
  }
  return (
    <div class="now">
      <h1 class="now-name">{item.name}</h1>
      <p class="meta">
        <StatePill />
        {kindOf(item)}
        {item.playlist_id !== null && (
          <>
            {" · "}
            <a href={href("playlists", item.playlist_id)}>{item.playlist_name ?? "Playlist"}</a>
            {` · ${item.index + 1} of ${item.count}`}
          </>
        )}
        {state === "stopped" && reason && ` · ${reason}`}
      </p>
    </div>
  );
}

/** How the item that is named is seen: not at all while a live input drives or nobody answers. */
function StatePill() {
  const state = playState.value;
  if (link.value !== "open") return <span class="pill">No connection</span>;
  if (driver.value !== null && state !== "stopped") return <span class="pill">Behind {driver.value}</span>;
  const words = { playing: "Live", paused: "Paused", stopped: "Stopped" }[state];
  return <span class={`pill ${state}`}>{words}</span>;
}

/** Tells a screen reader what began to play; once a change, not with every event. */
export function Announcer() {
  const item = playing.value;
  const state = playState.value;
  const words =
    status.value === null
      ? ""
      : item === null || state === "stopped"
        ? `Stopped${status.value.reason ? `: ${status.value.reason}` : ""}`
        : `${state === "paused" ? "Paused" : "Now playing"}: ${item.name}`;
  const [said, setSaid] = useState("");
  const first = useRef(true);
  useEffect(() => {
    if (words === "") return;
    if (first.current) first.current = false;
    else setSaid(words);
  }, [words]);
  return (
    <p class="hidden" role="status">
      {said}
    </p>
  );
}
