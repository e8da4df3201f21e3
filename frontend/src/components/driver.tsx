// Who draws, when it is not the player.
import { inputs } from "../store/inputs";
import { driver } from "../store/display";
import { told } from "./input-told";
import { Icon } from "./icon";

export function DriverBanner() {
  const id = driver.value;
  if (id === null) return null;
  const input = inputs.value?.find((one) => one.id === id);
  return (
    <div class="banner driver" role="status">
      <Icon name="status" />
      <p>
        <strong>{id} drives the display</strong>
        {input && <span class="meta"> · {told(input)}</span>}
        <br />
        What plays here goes on behind it, and is seen again when it ends.
      </p>
    </div>
  );
}
