import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { Icon } from "./icon";
import "./in-place.css";

interface InPlaceProps {
  /** What the value is, for who cannot see where it stands. */
  label: string;
  /** The value as it is typed. */
  value: string;
  /** The value as it is shown. */
  children: ReactNode;
  placeholder?: string;
  /** What is wrong with a typed value; null if nothing is. */
  check: (typed: string) => string | null;
  /** Shows the new value at once; if it is refused, the old one is shown again before the promise fails. */
  onSave: (typed: string) => Promise<unknown>;
}

/**
 * InPlace is a value that is changed where it stands. Enter or leaving it saves,
 * Escape leaves it as it was; what is wrong, or was refused, is said below it.
 */
export function InPlace({ label, value, children, placeholder, check, onSave }: InPlaceProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const shown = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const back = useRef(false);
  const id = useId();
  const editing = typed !== null;
  useEffect(() => {
    if (editing) input.current?.select();
    else if (back.current) shown.current?.focus();
    back.current = false;
  }, [editing]);

  const open = () => {
    setWrong(null);
    setTyped(value);
  };
  const close = (byKey: boolean) => {
    back.current = byKey;
    setTyped(null);
    setWrong(null);
  };
  const save = (byKey: boolean) => {
    const next = (typed ?? "").trim();
    if (next === value) return close(byKey);
    const problem = check(next);
    if (problem !== null) return setWrong(problem);
    close(byKey);
    onSave(next).catch((error: unknown) => setWrong(refusal(error)));
  };
  return (
    <div className="in-place">
      {editing ? (
        <input
          ref={input}
          className="input"
          autoFocus
          aria-label={label}
          aria-invalid={wrong !== null || undefined}
          aria-describedby={wrong ? id : undefined}
          placeholder={placeholder}
          value={typed}
          onChange={(e) => (setTyped(e.target.value), setWrong(null))}
          onBlur={() => document.hasFocus() && save(false)} // not when one looks something up in another window
          onKeyDown={(e) => {
            if (e.key === "Enter") {
              e.preventDefault(); // the focus goes back to the value, which the same key would open again
              save(true);
            }
            if (e.key === "Escape") {
              e.stopPropagation();
              close(true);
            }
          }}
        />
      ) : (
        <button ref={shown} type="button" aria-describedby={wrong ? id : undefined} title="Change" onClick={open}>
          <span className="unseen">{label}:</span>
          {children}
          <Icon name="edit" size={13} />
          <span className="unseen">, change</span>
        </button>
      )}
      {wrong && (
        <div className="wrong" id={id} role="alert">
          {wrong}
        </div>
      )}
    </div>
  );
}

/** refusal says why a value was refused: of this field, if the API names one. */
function refusal(error: unknown): string {
  const problem = asProblem(error);
  return `Not saved: ${problem.fields[0]?.message ?? problem.detail}`;
}
