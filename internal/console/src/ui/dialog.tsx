import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "./button";
import "./dialog.css";
import { ProblemNotice } from "./state";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  width?: number;
}

/** Dialog is the browser's own: focus stays inside, Escape closes it. It is open while it is drawn. */
export function Dialog({ title, onClose, children, footer, width }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opened = dialog.current;
    if (opened && !opened.open) {
      opened.showModal();
      opened.querySelector<HTMLElement>(".dialog-body :is(input, select, textarea):not(:disabled)")?.focus();
    }
    return () => opened?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={id}
      style={width ? ({ "--dialog-width": `${width}px` } as object) : undefined}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onClick={(e) => e.target === dialog.current && onClose()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <Button look="ghost" small icon="close" aria-label="Close" onClick={onClose} />
      </header>
      <div className="dialog-body">{children}</div>
      {footer && <footer>{footer}</footer>}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ReactNode;
  action: string;
  danger?: boolean;
  busy: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Confirm asks before what cannot be taken back. */
export function Confirm({ title, children, action, danger, busy, error, onConfirm, onClose }: ConfirmProps) {
  const footer = (
    <>
      <Button onClick={onClose}>Keep it as it is</Button>
      <Button look={danger ? "danger" : "main"} busy={busy} onClick={onConfirm}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} footer={footer}>
      <div>{children}</div>
      {error ? <ProblemNotice error={error} /> : null}
    </Dialog>
  );
}
