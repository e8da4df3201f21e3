// What to do where there is nothing yet.
import type { ComponentChildren } from "preact";
import { sentence } from "../format";
import { Icon, type IconName } from "./icon";

interface Props {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, children }: Props) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Shown when something could not be read, with a way to try again. */
export function Unread({ what, why, again }: { what: string; why: string; again(): void }) {
  return (
    <Empty icon="warn" title={`${what} could not be read`}>
      <p>{sentence(why)}</p>
      <button type="button" class="button" onClick={again}>
        Try again
      </button>
    </Empty>
  );
}

export function Waiting({ what }: { what: string }) {
  return (
    <p class="waiting" role="status">
      Reading {what}…
    </p>
  );
}
