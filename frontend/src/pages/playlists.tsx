// All playlists.
import { useState } from "preact/hooks";
import * as client from "../api/client";
import type { Playlist } from "../api/shapes";
import { NameDialog } from "../components/dialog";
import { Empty, Unread, Waiting } from "../components/empty";
import { Icon } from "../components/icon";
import { ItemThumb } from "../components/thumb";
import { count, quoted, span } from "../format";
import { naturalDuration } from "../item";
import { go, href } from "../route";
import { lit } from "../store/display";
import { isUnsaved, total } from "../store/draft";
import { attempt } from "../store/notices";
import { create, draft, failure, lists, load } from "../store/playlists";

export function PlaylistsPage() {
  const [naming, setNaming] = useState(false);
  return (
    <div class="page">
      <header class="page-head">
        <h1>Playlists</h1>
        <button type="button" class="button primary" onClick={() => setNaming(true)}>
          <Icon name="plus" />
          New playlist
        </button>
      </header>
      <Lists />
      {naming && (
        <NameDialog
          title="New playlist"
          label="Name"
          value=""
          verb="Create"
          onClose={() => setNaming(false)}
          onSubmit={(name) =>
            void attempt(`${quoted(name)} was not made`, async () => {
              const { id } = await create(name);
              setNaming(false);
              go("playlists", id);
            })
          }
        />
      )}
    </div>
  );
}

function Lists() {
  if (lists.value === null) {
    if (failure.value === null) return <Waiting what="the playlists" />;
    return <Unread what="The playlists" why={failure.value} again={() => void load()} />;
  }
  if (lists.value.length === 0) {
    return (
      <Empty icon="list" title="No playlists yet">
        <p>A playlist shows pictures, effects and colours one after the other. Make one, then add what it shows.</p>
      </Empty>
    );
  }
  return (
    <ul class="list-grid">
      {lists.value.map((list) => (
        <li key={list.id}>
          <ListCard list={list} />
        </li>
      ))}
    </ul>
  );
}

function ListCard({ list }: { list: Playlist }) {
  const { id, name, items } = list;
  const isLit = lit.value?.playlist_id === id;
  const seconds = total(list, naturalDuration);
  const unsaved = draft.value?.id === id && isUnsaved(draft.value);
  return (
    <div class={`card list-card${isLit ? " lit" : ""}`}>
      <a class="list-open" href={href("playlists", id)}>
        <span class="mosaic" aria-hidden="true">
          {items.slice(0, items.length < 4 ? 1 : 4).map((item, index) => (
            <ItemThumb key={item.id ?? index} item={item} />
          ))}
          {items.length === 0 && (
            <span class="thumb blank">
              <Icon name="list" />
            </span>
          )}
        </span>
        <span class="list-text">
          <span class="name">{name}</span>
          <span class="meta">
            {isLit && <span class="pill playing">Live</span>}
            {unsaved && <span class="pill stopped">Not saved</span>}
            {count(items.length, "item")}
            {items.length > 0 && seconds !== null && ` · ${span(seconds)}`}
          </span>
        </span>
      </a>
      <button
        type="button"
        class="key small"
        aria-label={`Play ${name}`}
        disabled={items.length === 0}
        onClick={() => void attempt(`${quoted(name)} does not play`, () => client.play({ playlist_id: id }))}
      >
        <Icon name="play" />
      </button>
    </div>
  );
}
