import { useSyncExternalStore } from "react";
import { asProblem } from "../api/problem";
import { Button } from "./button";
import { Icon } from "./icon";
import "./toast.css";

interface Toast {
  id: number;
  text: string;
  tone: "ok" | "bad";
}

const shownFor = { ok: 4_000, bad: 10_000 };
let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(list: Toast[]) {
  toasts = list;
  listeners.forEach((tell) => tell());
}

function dismiss(id: number) {
  set(toasts.filter((t) => t.id !== id));
}

/** toast says shortly that something was done. */
export function toast(text: string, tone: Toast["tone"] = "ok") {
  const id = next++;
  set([...toasts.slice(-3), { id, text, tone }]);
  setTimeout(() => dismiss(id), shownFor[tone]);
}

/** toastError says that something was refused: for actions that have no place of their own for it. */
export function toastError(error: unknown) {
  toast(asProblem(error).detail, "bad");
}

export function Toasts() {
  const list = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((t) => (
        <div key={t.id} className={`notice ${t.tone}`}>
          <Icon name={t.tone === "ok" ? "check" : "warn"} />
          <div className="body">{t.text}</div>
          <Button look="ghost" small icon="close" aria-label="Dismiss" onClick={() => dismiss(t.id)} />
        </div>
      ))}
    </div>
  );
}
