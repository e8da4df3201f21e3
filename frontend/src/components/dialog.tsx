// A modal dialog. The browser keeps the focus inside and closes it on Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./icon";

interface Props {
  title: string;
  onClose(): void;
  wide?: boolean;
  children: ComponentChildren;
  /** Buttons along the bottom. */
  actions?: ComponentChildren;
}

export function Dialog({ title, onClose, wide, children, actions }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => {
        // A click beside the box lands on the dialog element itself.
        if (event.target === ref.current) ref.current?.close();
      }}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => ref.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {actions && <footer class="dialog-actions">{actions}</footer>}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  verb: string;
  onConfirm(): void;
  onClose(): void;
}

export function Confirm({ title, children, verb, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" class="button danger" onClick={onConfirm}>
            {verb}
          </button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}

interface NameProps {
  title: string;
  label: string;
  value: string;
  verb: string;
  onSubmit(name: string): void;
  onClose(): void;
}

export function NameDialog({ title, label, value, verb, onSubmit, onClose }: NameProps) {
  const input = useRef<HTMLInputElement>(null);
  const formId = useId();
  useEffect(() => input.current?.select(), []);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={formId} class="button primary">
            {verb}
          </button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          const name = input.current?.value.trim() ?? "";
          if (name !== "") onSubmit(name);
          else input.current?.focus();
        }}
      >
        <label class="field">
          <span>{label}</span>
          <input ref={input} type="text" defaultValue={value} required maxLength={255} autocomplete="off" />
        </label>
      </form>
    </Dialog>
  );
}
