// Short messages in a corner, read aloud politely; faults at once.
import { dismiss, notices, type Notice } from "../store/notices";
import { Icon } from "./icon";

export function Notices() {
  const bad = notices.value.filter(({ tone }) => tone === "bad");
  const other = notices.value.filter(({ tone }) => tone !== "bad");
  return (
    <div class="notices">
      <div role="alert">{bad.map(card)}</div>
      <div role="status">{other.map(card)}</div>
    </div>
  );
}

function card({ id, tone, text, action }: Notice) {
  return (
    <div key={id} class={`notice ${tone}`}>
      <Icon name={tone === "bad" ? "warn" : tone === "good" ? "check" : "status"} />
      <p>{text}</p>
      {action && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
        <Icon name="close" />
      </button>
    </div>
  );
}
