// The strip that tells on every page whether all is well.
import { count } from "../format";
import { href } from "../route";
import { link, status } from "../store/display";

export function Strip() {
  const now = status.value;
  const failed = now?.outputs.filter(({ state }) => state === "failed") ?? [];
  const connected = link.value === "open" && now !== null;
  const tone = !connected ? "pending" : failed.length > 0 ? "failed" : "ok";
  const words = !connected
    ? link.value === "reconnecting"
      ? "Reconnecting…"
      : "Connecting…"
    : failed.length > 0
      ? `${failed.map(({ id }) => id).join(", ")} failed`
      : "Connected";
  return (
    <a class="strip" href={href("status")}>
      <span class={`dot ${tone}`} aria-hidden="true" />
      <span class="strip-words" role="status">
        {words}
      </span>
      {connected && (
        <span class="strip-more">
          <span>{`${now.outputs.filter(({ state }) => state === "ok").length} of ${count(now.outputs.length, "output")} OK`}</span>
          <span>{`Prismatron ${now.version}`}</span>
        </span>
      )}
    </a>
  );
}
