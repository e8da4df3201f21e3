// Choosing the playlist that something is added to.
import { useState } from "preact/hooks";
import type { Item } from "../api/shapes";
import { count, quoted } from "../format";
import { go } from "../route";
import { attempt, say } from "../store/notices";
import { append, create, lists } from "../store/playlists";
import { Dialog, NameDialog } from "./dialog";
import { Icon } from "./icon";

interface Props {
  /** What is added, in words. */
  what: string;
  items: Item[];
  onClose(): void;
}

export function AddToPlaylist({ what, items, onClose }: Props) {
  const [naming, setNaming] = useState(false);
  const done = (id: string, name: string) => {
    say("good", `${quoted(what)} is in ${quoted(name)}`, { label: "Open", run: () => go("playlists", id) });
    onClose();
  };
  if (naming) {
    return (
      <NameDialog
        title="New playlist"
        label="Name"
        value=""
        verb="Create and add"
        onClose={onClose}
        onSubmit={(name) =>
          void attempt(`${quoted(name)} was not made`, async () => {
            const list = await create(name, items);
            done(list.id, list.name);
          })
        }
      />
    );
  }
  return (
    <Dialog
      title="Add to a playlist"
      onClose={onClose}
      actions={
        <button type="button" class="button" onClick={() => setNaming(true)}>
          <Icon name="plus" />
          New playlist
        </button>
      }
    >
      {lists.value?.length ? (
        <ul class="plain-list">
          {lists.value.map(({ id, name, items: has }) => (
            <li key={id}>
              <button
                type="button"
                class="plain-row"
                onClick={() =>
                  void attempt(`${quoted(what)} was not added to ${quoted(name)}`, async () => {
                    await append(id, items);
                    done(id, name);
                  })
                }
              >
                <Icon name="list" />
                <span class="name">{name}</span>
                <span class="meta">{count(has.length, "item")}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p class="meta">There is no playlist yet. Make the first one below.</p>
      )}
    </Dialog>
  );
}
