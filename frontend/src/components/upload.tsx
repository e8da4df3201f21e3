// Choosing files, dropping them anywhere on the page, and what is on its way.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { percent, sentence, size } from "../format";
import { add, cancel, retry, uploads, type Upload } from "../store/uploads";
import { Icon } from "./icon";

/**
 * What the display can show. Exact kinds, because a phone then turns its own (HEIC) into one of them; endings
 * for the containers that file choosers do not count among the videos.
 */
const ACCEPT = [
  "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/apng,video/*",
  ".png,.apng,.jpg,.jpeg,.webp,.gif,.bmp",
  ".mp4,.m4v,.mov,.mkv,.webm,.avi,.mpg,.mpeg,.ts,.mts,.m2ts,.flv,.ogv,.wmv,.asf",
].join(",");

interface ButtonProps {
  label: string;
  /** As it looks. */
  look?: "primary" | "wide";
}

export function UploadButton({ label, look }: ButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={look ? `button ${look}` : "button"} onClick={() => input.current?.click()}>
        <Icon name="upload" />
        {label}
      </button>
      <input
        ref={input}
        class="hidden"
        type="file"
        multiple
        accept={ACCEPT}
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          add(event.currentTarget.files ?? []);
          // The same file may be chosen again after a failure.
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

const hovering = signal(false);

/** Takes files that are dropped anywhere on the page. */
export function DropAnywhere() {
  useEffect(() => {
    // Enter and leave come for every element under the pointer: count them.
    let depth = 0;
    const withFiles = (handler: (event: DragEvent) => void) => (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      handler(event);
    };
    const show = (change: number) => {
      depth = Math.max(0, depth + change);
      hovering.value = depth > 0;
    };
    const handlers = {
      dragenter: withFiles(() => show(1)),
      dragleave: withFiles(() => show(-1)),
      dragover: withFiles(() => {}),
      drop: withFiles((event) => {
        depth = 0;
        hovering.value = false;
        add(event.dataTransfer?.files ?? []);
      }),
    };
    const names = Object.keys(handlers) as (keyof typeof handlers)[];
    for (const name of names) window.addEventListener(name, handlers[name]);
    return () => {
      for (const name of names) window.removeEventListener(name, handlers[name]);
    };
  }, []);
  if (!hovering.value) return null;
  return (
    <div class="drop">
      <div class="drop-box">
        <Icon name="upload" />
        <p>Drop to add to the library</p>
      </div>
    </div>
  );
}

/** What is on its way, on every page. */
export function UploadTray() {
  const list = uploads.value;
  if (list.length === 0) return null;
  return (
    <section class="tray" aria-label="Uploads">
      {list.map((upload) => (
        <Row key={upload.id} upload={upload} />
      ))}
    </section>
  );
}

function Row({ upload }: { upload: Upload }) {
  const { id, file, step, share, words, again } = upload;
  return (
    <div class={`tray-row ${step}`}>
      <div class="tray-text">
        <span class="name">{file.name}</span>
        <span class="meta">{step === "failed" ? sentence(words ?? "") : `${size(file.size)} · ${told(upload)}`}</span>
      </div>
      {step === "failed" && again && (
        <button type="button" class="button small" onClick={() => retry(id)}>
          Try again
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label={step === "failed" ? `Dismiss ${file.name}` : `Stop uploading ${file.name}`}
        onClick={() => cancel(id)}
      >
        <Icon name="close" />
      </button>
      {step !== "failed" && <progress aria-label={`Upload of ${file.name}`} value={share} max={1} />}
    </div>
  );
}

function told({ step, share }: Upload): string {
  if (step === "waiting") return "waiting";
  return share < 1 ? percent(share) : "being stored";
}
