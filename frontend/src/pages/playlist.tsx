// One playlist, edited in place and saved by itself.
import { useEffect, useState } from "preact/hooks";
import * as client from "../api/client";
import { AddItems } from "../components/add-items";
import { Confirm, NameDialog } from "../components/dialog";
import { Empty, Unread, Waiting } from "../components/empty";
import { Icon } from "../components/icon";
import { ItemList } from "../components/item-list";
import { count, quoted, span } from "../format";
import { naturalDuration } from "../item";
import { go, href } from "../route";
import { lit } from "../store/display";
import { total, type Draft } from "../store/draft";
import { attempt, say } from "../store/notices";
import { change, draft, draftFailure, edit, entryOf, flush, keepTheirs, leave, putBack, remove } from "../store/playlists";

export function PlaylistPage({ id }: { id: string }) {
  useEffect(() => void edit(id), [id]);
  useEffect(() => () => void leave(), []);
  const list = draft.value;
  if (list === null || list.id !== id) {
    return (
      <div class="page narrow">
        <Back />
        {draftFailure.value === null ? (
          <Waiting what="the playlist" />
        ) : (
          <Unread what="The playlist" why={draftFailure.value} again={() => void edit(id)} />
        )}
      </div>
    );
  }
  return <Editor list={list} />;
}

function Back() {
  return (
    <a class="back" href={href("playlists")}>
      <Icon name="back" />
      Playlists
    </a>
  );
}

function Editor({ list }: { list: Draft }) {
  const [dialog, setDialog] = useState<"add" | "rename" | "delete" | null>(null);
  const close = () => setDialog(null);
  const items = list.items.map(({ item }) => item);
  const seconds = total({ items }, naturalDuration);
  const isLit = lit.value?.playlist_id === list.id;

  const play = (item_id?: string) =>
    attempt(`${quoted(list.name)} does not play`, async () => {
      // What is heard of the list must be what is seen.
      await flush();
      await client.play({ playlist_id: list.id, ...(item_id === undefined ? {} : { item_id }) });
    });

  return (
    <div class="page narrow">
      <Back />
      <header class="page-head">
        <div class="page-title">
          <h1>{list.name}</h1>
          <p class="meta">
            {isLit && <span class="pill playing">Live</span>}
            {count(items.length, "item")}
            {items.length > 0 && seconds !== null && ` · ${span(seconds)}`}
            {" · "}
            <SavingWords list={list} />
          </p>
        </div>
        <div class="page-tools">
          <button type="button" class="icon-button" aria-label="Rename playlist" onClick={() => setDialog("rename")}>
            <Icon name="pencil" />
          </button>
          <button type="button" class="icon-button" aria-label="Delete playlist" onClick={() => setDialog("delete")}>
            <Icon name="trash" />
          </button>
        </div>
      </header>

      <div class="toolbar">
        <button type="button" class="button primary" disabled={items.length === 0} onClick={() => void play()}>
          <Icon name="play" />
          Play
        </button>
        <button type="button" class="button" onClick={() => setDialog("add")}>
          <Icon name="plus" />
          Add
        </button>
        <span class="toolbar-gap" />
        <Toggle label="Loop" icon="loop" on={list.loop} set={(loop) => change({ loop })} />
        <Toggle label="Shuffle" icon="shuffle" on={list.shuffle} set={(shuffle) => change({ shuffle })} />
      </div>

      <Trouble list={list} />

      {items.length === 0 ? (
        <Empty icon="list" title="Nothing in here yet">
          <p>Add pictures and videos from the library, effects or plain colours.</p>
          <button type="button" class="button primary" onClick={() => setDialog("add")}>
            <Icon name="plus" />
            Add something
          </button>
        </Empty>
      ) : (
        <ItemList
          items={list.items}
          litId={isLit ? (lit.value?.item_id ?? null) : null}
          onChange={(changed) => change({ items: changed })}
          onPlay={({ key }) =>
            void flush().then(() => {
              // A new item has its id only now.
              const saved = draft.value?.items.find((entry) => entry.key === key);
              return play(saved?.item.id);
            })
          }
        />
      )}

      {dialog === "add" && (
        <AddItems
          onClose={close}
          onAdd={(added) => {
            change({ items: [...list.items, ...added.map(entryOf)] });
            close();
          }}
        />
      )}
      {dialog === "rename" && (
        <NameDialog
          title="Rename playlist"
          label="Name"
          value={list.name}
          verb="Rename"
          onClose={close}
          onSubmit={(name) => {
            change({ name });
            close();
          }}
        />
      )}
      {dialog === "delete" && (
        <Confirm
          title={`Delete ${quoted(list.name)}?`}
          verb="Delete"
          onClose={close}
          onConfirm={() =>
            void attempt(`${quoted(list.name)} was not deleted`, async () => {
              await remove(list.id);
              say("info", `${quoted(list.name)} is deleted`);
              go("playlists");
            })
          }
        >
          <p>Its files stay in the library. {isLit && "It is playing now: the display goes dark."}</p>
        </Confirm>
      )}
    </div>
  );
}

function SavingWords({ list }: { list: Draft }) {
  const words = {
    saved: "saved",
    edited: "saving…",
    saving: "saving…",
    failed: "not saved",
    overtaken: "changed by someone else",
  }[list.saving.step];
  return (
    <span class={`saving ${list.saving.step}`} role="status">
      {words}
    </span>
  );
}

function Trouble({ list }: { list: Draft }) {
  const { saving } = list;
  if (saving.step === "failed") {
    return (
      <div class="banner bad" role="alert">
        <p>
          <strong>Not saved:</strong> {saving.words}
        </p>
        <button type="button" class="button small" onClick={() => void flush()}>
          Try again
        </button>
      </div>
    );
  }
  if (saving.step === "overtaken") {
    return (
      <div class="banner" role="alert">
        <p>
          <strong>Someone else changed this playlist.</strong> Shown is their version; your last change is not in it.
        </p>
        <span class="banner-actions">
          <button type="button" class="button small" onClick={putBack}>
            Use mine instead
          </button>
          <button type="button" class="button small" onClick={keepTheirs}>
            Keep theirs
          </button>
        </span>
      </div>
    );
  }
  return null;
}

interface ToggleProps {
  label: string;
  icon: "loop" | "shuffle";
  on: boolean;
  set(on: boolean): void;
}

function Toggle({ label, icon, on, set }: ToggleProps) {
  return (
    <button type="button" class="toggle" title={label} aria-pressed={on} onClick={() => set(!on)}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
