// The live light, what plays, and what could play next.
import * as client from "../api/client";
import type { Playlist } from "../api/shapes";
import { Brightness } from "../components/brightness";
import { DriverBanner } from "../components/driver";
import { Empty } from "../components/empty";
import { Icon } from "../components/icon";
import { NowPlaying } from "../components/now-playing";
import { Position } from "../components/position";
import { Stage } from "../components/stage";
import { ItemThumb } from "../components/thumb";
import { Transport } from "../components/transport";
import { UploadButton } from "../components/upload";
import { count, quoted, span } from "../format";
import { nameOf, naturalDuration, troubleOf } from "../item";
import { href } from "../route";
import { layoutFailure, link, lit, playing, playState, readLayout } from "../store/display";
import { total } from "../store/draft";
import { media } from "../store/library";
import { attempt } from "../store/notices";
import { lists } from "../store/playlists";

export function PlayPage() {
  const list = lists.value?.find(({ id }) => id === playing.value?.playlist_id);
  return (
    <div class="play">
      <section class="hero" aria-label="Live">
        <div class="hero-stage">
          <Stage />
          <StageWords />
        </div>
        <div class="console">
          <DriverBanner />
          <NowPlaying />
          <Position />
          <div class="console-row">
            <Transport />
            <Brightness />
          </div>
        </div>
      </section>
      <div class="play-side">
        {media.value?.size === 0 ? <FirstPicture /> : <UploadButton label="Upload pictures or videos" look="wide" />}
        {list && <Queue list={list} />}
        <Shelf />
      </div>
    </div>
  );
}

function StageWords() {
  if (link.value === "reconnecting") {
    return (
      <p class="stage-words">
        <span class="stage-note">Reconnecting…</span>
      </p>
    );
  }
  if (layoutFailure.value !== null) {
    return (
      <p class="stage-words">
        <span class="stage-note">The places of the LEDs could not be read: {layoutFailure.value}</span>
        <button type="button" class="button small" onClick={() => void readLayout()}>
          Try again
        </button>
      </p>
    );
  }
  return null;
}

function FirstPicture() {
  return (
    <section class="card first">
      <Empty icon="upload" title="Show something of yours">
        <p class="with-mouse">Drop a picture or a video anywhere on this page. When it is ready, press Play.</p>
        <p class="with-touch">Choose a picture or a video. When it is ready, press Play.</p>
        <UploadButton label="Choose files" look="primary" />
      </Empty>
    </section>
  );
}

function Queue({ list }: { list: Playlist }) {
  const litId = lit.value?.item_id;
  return (
    <section class="card">
      <header class="card-head">
        <h2>
          <a href={href("playlists", list.id)}>{list.name}</a>
        </h2>
        <span class="meta">{list.shuffle ? "Shuffled" : count(list.items.length, "item")}</span>
      </header>
      <ol class="queue">
        {list.items.map((item) => {
          const name = nameOf(item);
          const seconds = item.duration_s ?? naturalDuration(item);
          const isLit = item.id === litId;
          const isOff = item.enabled === false;
          return (
            <li key={item.id}>
              <button
                type="button"
                class={`queue-row${isLit ? " lit" : ""}`}
                disabled={isOff}
                aria-current={isLit ? "true" : undefined}
                onClick={() =>
                  void attempt(`${quoted(name)} does not play`, () =>
                    client.play({ playlist_id: list.id, ...(item.id === undefined ? {} : { item_id: item.id }) }),
                  )
                }
              >
                <ItemThumb item={item} />
                <span class="name">
                  <span class="hidden">Play </span>
                  {name}
                </span>
                {isLit ? (
                  <Bars />
                ) : (
                  <span class="meta">{isOff ? "switched off" : troubleOf(item) ? "skipped" : seconds === null ? "" : span(seconds)}</span>
                )}
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Three small bars that dance beside what is lit. */
function Bars() {
  return (
    <span class={`bars ${playState.value}`} aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

function Shelf() {
  const others = (lists.value ?? []).filter(({ id }) => id !== playing.value?.playlist_id);
  if (others.length === 0) return null;
  return (
    <section class="card">
      <header class="card-head">
        <h2>Playlists</h2>
        <a class="meta" href={href("playlists")}>
          Edit
        </a>
      </header>
      <ul class="queue">
        {others.map((list) => {
          const seconds = total(list, naturalDuration);
          return (
            <li key={list.id}>
              <button
                type="button"
                class="queue-row"
                disabled={list.items.length === 0}
                onClick={() =>
                  void attempt(`${quoted(list.name)} does not play`, () => client.play({ playlist_id: list.id }))
                }
              >
                <span class="round">
                  <Icon name="play" />
                </span>
                <span class="queue-text">
                  <span class="name">
                    <span class="hidden">Play </span>
                    {list.name}
                  </span>
                  <span class="meta">
                    {list.items.length === 0 ? "empty" : count(list.items.length, "item")}
                    {list.items.length > 0 && seconds !== null && ` · ${span(seconds)}`}
                  </span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
