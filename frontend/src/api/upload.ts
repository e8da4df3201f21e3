// One file on its way to the daemon. XMLHttpRequest, because fetch tells no upload progress.
import { Problem } from "./problem";
import type { Media } from "./shapes";

export interface Uploaded {
  media: Media;
  /** The same content was there already. */
  existed: boolean;
}

export interface Sending {
  done: Promise<Uploaded>;
  abort(): void;
}

/** `progress` is told the share that has been sent, 0 to 1. */
export function send(file: File, progress: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<Uploaded>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total);
    };
    request.onerror = () => reject(Problem.noAnswer());
    request.onabort = () => reject(new Problem(0, "stopped"));
    request.onload = () => {
      if (request.status !== 200 && request.status !== 201) {
        reject(Problem.fromBody(request.status, request.statusText, request.responseText));
        return;
      }
      try {
        resolve({ media: JSON.parse(request.responseText) as Media, existed: request.status === 200 });
      } catch {
        reject(new Problem(request.status, "the answer to the upload is not JSON"));
      }
    };
  });
  const form = new FormData();
  form.append("file", file, file.name);
  request.open("POST", "/api/media");
  request.setRequestHeader("Accept", "application/json");
  request.send(form);
  return { done, abort: () => request.abort() };
}
