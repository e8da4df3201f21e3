// One file of the library: what it is, and everything that can be done with it.
import { useState } from "preact/hooks";
import * as client from "../api/client";
import { Problem, wordsOf } from "../api/problem";
import type { Media } from "../api/shapes";
import { sentence } from "../format";
import { itemOf } from "../item";
import { remove, rename } from "../store/library";
import { attempt, say } from "../store/notices";
import { AddToPlaylist } from "./add-to-playlist";
import { Confirm, Dialog, NameDialog } from "./dialog";
import { Icon } from "./icon";
import { toldOf } from "./media-told";
import { MediaThumb } from "./thumb";

type Step = { at: "look" } | { at: "rename" } | { at: "add" } | { at: "delete" } | { at: "in-use"; words: string };

export function MediaSheet({ media, onClose }: { media: Media; onClose(): void }) {
  const [step, setStep] = useState<Step>({ at: "look" });
  const { id, name } = media;

  const erase = async (force: boolean) => {
    try {
      await remove(id, force);
      say("info", `“${name}” is deleted`);
      onClose();
    } catch (error) {
      if (!force && error instanceof Problem && error.status === 409) setStep({ at: "in-use", words: error.message });
      else {
        say("bad", `“${name}” was not deleted: ${wordsOf(error)}`);
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
            void attempt(`“${name}” was not renamed`, () => rename(id, wanted)).then((well) => well && onClose())
          }
        />
      );
    case "add":
      return <AddToPlaylist what={name} items={[itemOf({ kind: "media", media_id: id })]} onClose={onClose} />;
    case "delete":
      return (
        <Confirm key="delete" title={`Delete “${name}”?`} verb="Delete" onConfirm={() => void erase(false)} onClose={onClose}>
          <p>The file is removed from the display. This cannot be undone.</p>
        </Confirm>
      );
    case "in-use":
      return (
        <Confirm key="in-use" title="It is still in use" verb="Delete anyway" onConfirm={() => void erase(true)} onClose={onClose}>
          <p>{sentence(step.words)}</p>
          <p class="meta">If you delete it, those playlists skip it.</p>
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
                      void attempt(`“${name}” does not play`, () => client.play({ media_id: id })).then(
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
              <button type="button" class="button danger-quiet" onClick={() => setStep({ at: "delete" })}>
                <Icon name="trash" />
                Delete
              </button>
            </div>
          </div>
        </Dialog>
      );
  }
}
