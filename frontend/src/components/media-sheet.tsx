// One file of the library: what it is, and everything that can be done with it.
import { useState } from "preact/hooks";
import * as client from "../api/client";
import { Problem, wordsOf } from "../api/problem";
import type { Media } from "../api/shapes";
import { quoted, sentence } from "../format";
import { itemOf } from "../item";
import { lit } from "../store/display";
import { remove, rename } from "../store/library";
import { attempt, say } from "../store/notices";
import { lists } from "../store/playlists";
import { AddToPlaylist } from "./add-to-playlist";
import { Confirm, Dialog, NameDialog } from "./dialog";
import { Icon } from "./icon";
import { toldOf, usedBy } from "./media-told";
import { MediaThumb } from "./thumb";

type Step = { at: "look" } | { at: "rename" } | { at: "add" } | { at: "delete"; words: string | null };

export function MediaSheet({ media, onClose }: { media: Media; onClose(): void }) {
  const [step, setStep] = useState<Step>({ at: "look" });
  const { id, name } = media;
  const used = usedBy(lists.value ?? [], id);

  const erase = async (force: boolean) => {
    try {
      await remove(id, force);
      say("info", `${quoted(name)} is deleted`);
      onClose();
    } catch (error) {
      // A playlist that this page had not heard of: the question again, with the daemon's words.
      if (!force && error instanceof Problem && error.status === 409) setStep({ at: "delete", words: error.message });
      else {
        say("bad", `${quoted(name)} was not deleted: ${wordsOf(error)}`);
        setStep({ at: "look" });
      }
    }
  };

  switch (step.at) {
    case "rename":
      return (
        <NameDialog
          title="Rename"
          label="Name"
          value={name}
          verb="Rename"
          onClose={onClose}
          onSubmit={(wanted) =>
            void attempt(`${quoted(name)} was not renamed`, () => rename(id, wanted)).then((well) => well && onClose())
          }
        />
      );
    case "add":
      return <AddToPlaylist what={name} items={[itemOf({ kind: "media", media_id: id })]} onClose={onClose} />;
    case "delete":
      return (
        <Confirm
          key={step.words}
          title={`Delete ${quoted(name)}?`}
          verb="Delete"
          onConfirm={() => void erase(used !== null || step.words !== null)}
          onClose={onClose}
        >
          <p>
            The file is deleted from the library. This cannot be undone.
            {lit.value?.media_id === id && " It stays lit until something else plays."}
          </p>
          {(used ?? step.words) !== null && <p>{used ?? `${sentence(step.words ?? "")}. They skip it from then on.`}</p>}
        </Confirm>
      );
    case "look":
      return (
        <Dialog title={name} onClose={onClose}>
          <div class="sheet">
            {media.state === "ready" && <MediaThumb media={media} />}
            <p class="meta">{toldOf(media)}</p>
            {media.state === "rejected" && (
              <p class="fault">
                <Icon name="warn" />
                {sentence(media.error ?? "it cannot be shown")}
              </p>
            )}
            {media.state === "processing" && <p class="meta">It is still being looked at.</p>}
            <div class="sheet-actions">
              {media.state === "ready" && (
                <>
                  <button
                    type="button"
                    class="button primary"
                    onClick={() =>
                      void attempt(`${quoted(name)} does not play`, () => client.play({ media_id: id })).then(
                        (well) => well && onClose(),
                      )
                    }
                  >
                    <Icon name="play" />
                    Play now
                  </button>
                  <button type="button" class="button" onClick={() => setStep({ at: "add" })}>
                    <Icon name="plus" />
                    Add to playlist
                  </button>
                </>
              )}
              <button type="button" class="button" onClick={() => setStep({ at: "rename" })}>
                <Icon name="pencil" />
                Rename
              </button>
              <button type="button" class="button danger-quiet" onClick={() => setStep({ at: "delete", words: null })}>
                <Icon name="trash" />
                Delete
              </button>
            </div>
          </div>
        </Dialog>
      );
  }
}
