// What is lit, in words.
import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "../format";
import { href } from "../route";
import { link, playing, playState, status } from "../store/display";
import { kindNames } from "../item";

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
        <span class={`pill ${state}`}>{state === "playing" ? "Live" : state === "paused" ? "Paused" : "Stopped"}</span>
        {kindNames[item.kind]}
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
