import { expect, test } from "vitest";
import type { Sandbox } from "./api/shapes";
import { sandboxTold, share } from "./report";

const full: Sandbox = { state: "full", landlock_abi: 7, landlock: "full", seccomp: true, reason: null };

test("the sandbox is told in one line, with the reason where something is missing", () => {
  const check = (change: Partial<Sandbox>, words: string) => expect(sandboxTold({ ...full, ...change })).toBe(words);
  check({}, "Files are opened in a sandbox: full (landlock 7, seccomp)");
  check(
    { state: "partial", landlock: "none", landlock_abi: 0, reason: "the kernel has no landlock" },
    "Files are opened in a sandbox, in part (seccomp). The kernel has no landlock",
  );
  check(
    { state: "partial", landlock: "partial", landlock_abi: 2, reason: "landlock is of version 2 here" },
    "Files are opened in a sandbox, in part (landlock 2, partial, seccomp). Landlock is of version 2 here",
  );
  check({ state: "none", landlock: "none", seccomp: false, reason: "seccomp is switched off" }, "There is no sandbox for files. Seccomp is switched off");
  check({ state: "unknown", landlock: "none", seccomp: false }, "Whether files can be opened in a sandbox is not known yet");
});

test("a share is told behind its number, also a tiny one", () => {
  expect(share(0, 100)).toBe("");
  expect(share(3, 0)).toBe("");
  expect(share(4, 700)).toBe(" (0.57\u00a0%)");
  expect(share(1, 1_000_000)).toBe(" (<\u00a00.01\u00a0%)");
});
