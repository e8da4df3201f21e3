// Said on every page while the display does not answer. The Play page says it on the stage.
import { route } from "../route";
import { link } from "../store/display";

export function Offline() {
  const now = route.value;
  if (link.value !== "reconnecting" || now.page === "play") return null;
  const editing = now.page === "playlists" && now.id !== null;
  return (
    <div class="banner bad offline">
      <p>
        <strong>Reconnecting…</strong> The display does not answer.{" "}
        {editing ? "Changes are kept here until it does." : "What is shown here may be old."}
      </p>
    </div>
  );
}
