// Words of the status page.
import type { Sandbox } from "./api/shapes";
import { sentence } from "./format";

/** How much of a whole, in brackets behind the number itself. */
export function share(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "";
  const percent = (part / whole) * 100;
  return percent < 0.01 ? " (<\u00a00.01\u00a0%)" : ` (${percent.toFixed(2)}\u00a0%)`;
}

/** How far the processes are locked in that open uploads. */
export function sandboxTold({ state, landlock_abi, landlock, seccomp, reason }: Sandbox): string {
  const means = [
    landlock === "none" ? null : `landlock ${landlock_abi}${landlock === "full" ? "" : `, ${landlock}`}`,
    seccomp ? "seccomp" : null,
  ].filter((one) => one !== null);
  const because = reason === null ? "" : `. ${sentence(reason)}`;
  switch (state) {
    case "full":
      return `Files are opened in a sandbox: full (${means.join(", ")})${because}`;
    case "partial":
      return `Files are opened in a sandbox, in part (${means.join(", ")})${because}`;
    case "none":
      return `There is no sandbox for files${because}`;
    case "unknown":
      return `Whether files can be opened in a sandbox is not known yet${because}`;
  }
}
