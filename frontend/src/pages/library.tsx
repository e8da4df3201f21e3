// The files on the display.
import { useState } from "preact/hooks";
import * as client from "../api/client";
import type { Media } from "../api/shapes";
import { Empty, Unread, Waiting } from "../components/empty";
import { Icon } from "../components/icon";
import { MediaSheet } from "../components/media-sheet";
import { toldOf } from "../components/media-told";
import { MediaThumb } from "../components/thumb";
import { UploadButton } from "../components/upload";
import { quoted, sentence } from "../format";
import { lit } from "../store/display";
import { failure, load, media, newest } from "../store/library";
import { attempt } from "../store/notices";

export function LibraryPage() {
  const [query, setQuery] = useState("");
  const [openId, setOpenId] = useState<string | null>(null);
  const opened = openId === null ? undefined : media.value?.get(openId);
  const wanted = query.trim().toLowerCase();
  const shown = newest.value.filter(({ name }) => name.toLowerCase().includes(wanted));

  return (
    <div class="page">
      <header class="page-head">
        <h1>Library</h1>
        <UploadButton label="Upload" look="primary" />
      </header>
      {newest.value.length > 8 && (
        <label class="search">
          <Icon name="search" />
          <span class="hidden">Search the library</span>
          <input
            type="search"
            placeholder="Search"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </label>
      )}
      <Files files={shown} query={query} onOpen={setOpenId} />
      {opened && <MediaSheet media={opened} onClose={() => setOpenId(null)} />}
    </div>
  );
}

function Files({ files, query, onOpen }: { files: Media[]; query: string; onOpen(id: string): void }) {
  if (media.value === null) {
    if (failure.value === null) return <Waiting what="the library" />;
    return <Unread what="The library" why={failure.value} again={() => void load()} />;
  }
  if (media.value.size === 0) {
    return (
      <div class="landing">
        <Empty icon="upload" title="Nothing here yet">
          <p class="with-mouse">Drop pictures, animations and videos anywhere on this page.</p>
          <p class="with-touch">Pictures, animations and videos that you upload are kept here.</p>
          <UploadButton label="Choose files" />
        </Empty>
      </div>
    );
  }
  if (files.length === 0) {
    return <Empty icon="search" title={`Nothing is called ${quoted(query.trim())}`} />;
  }
  return (
    <ul class="tiles">
      {files.map((file) => (
        <li key={file.id}>
          <Tile file={file} onOpen={() => onOpen(file.id)} />
        </li>
      ))}
    </ul>
  );
}

function Tile({ file, onOpen }: { file: Media; onOpen(): void }) {
  const { id, name, state } = file;
  const isLit = lit.value?.media_id === id;
  return (
    <div class={`tile ${state}${isLit ? " lit" : ""}`}>
      <button type="button" class="tile-open" onClick={onOpen}>
        <MediaThumb media={file} />
        <span class="name">{name}</span>
        <span class="meta">{words(file, isLit)}</span>
      </button>
      {state === "ready" && (
        <button
          type="button"
          class="key small tile-play"
          aria-label={`Play ${name}`}
          onClick={() => void attempt(`${quoted(name)} does not play`, () => client.play({ media_id: id }))}
        >
          <Icon name="play" />
        </button>
      )}
    </div>
  );
}

function words(file: Media, isLit: boolean): string {
  if (file.state === "processing") return "Being looked at…";
  if (file.state === "rejected") return sentence(file.error ?? "cannot be shown");
  return isLit ? `Live · ${toldOf(file)}` : toldOf(file);
}
