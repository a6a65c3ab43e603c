import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";
import "./field.css";
import { Icon } from "./icon";

interface Around {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value; said to screen readers too. */
  wrong?: string | null;
}

function Frame({ id, label, hint, wrong, children }: Around & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      {children}
      {hint && (
        <div className="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {wrong && (
        <div className="wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </div>
      )}
    </div>
  );
}

function describe(id: string, { hint, wrong }: Pick<Around, "hint" | "wrong">) {
  const by = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return { id, "aria-describedby": by || undefined, "aria-invalid": wrong ? true : undefined };
}

export function Field({ label, hint, wrong, ...input }: Around & Omit<InputHTMLAttributes<HTMLInputElement>, "className">) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} wrong={wrong}>
      <input {...input} {...describe(id, { hint, wrong })} className="input" />
    </Frame>
  );
}

export function TextArea({ label, hint, wrong, mono, ...input }: Around & { mono?: boolean } & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "className">) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} wrong={wrong}>
      <textarea spellCheck={mono ? false : undefined} {...input} {...describe(id, { hint, wrong })} className={mono ? "input mono" : "input"} />
    </Frame>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function Select({ label, hint, wrong, choices, ...input }: Around & { choices: Choice[] } & Omit<SelectHTMLAttributes<HTMLSelectElement>, "className">) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} wrong={wrong}>
      <select {...input} {...describe(id, { hint, wrong })} className="input">
        <Choices choices={choices} />
      </select>
    </Frame>
  );
}

/** BareSelect has its label for screen readers alone: for filters in a bar. */
export function BareSelect({ label, choices, ...input }: { label: string; choices: Choice[] } & Omit<SelectHTMLAttributes<HTMLSelectElement>, "className">) {
  return (
    <select {...input} aria-label={label} className="input">
      <Choices choices={choices} />
    </select>
  );
}

function Choices({ choices }: { choices: Choice[] }) {
  return choices.map((c) => (
    <option key={c.value} value={c.value}>
      {c.label}
    </option>
  ));
}

export function Checkbox({ label, ...input }: { label: ReactNode } & Omit<InputHTMLAttributes<HTMLInputElement>, "className" | "type">) {
  return (
    <label className="checkbox">
      <input type="checkbox" {...input} />
      <span>{label}</span>
    </label>
  );
}

export function SearchBox({ label, ...input }: { label: string } & Omit<InputHTMLAttributes<HTMLInputElement>, "className" | "type">) {
  return (
    <div className="search-box">
      <Icon name="search" size={16} />
      <input type="search" {...input} aria-label={label} placeholder={input.placeholder ?? label} className="input" />
    </div>
  );
}

export function Switch({ on, label, disabled, onChange }: { on: boolean; label: string; disabled?: boolean; onChange: (on: boolean) => void }) {
  return (
    <button type="button" role="switch" className="switch" aria-checked={on} aria-label={label} title={label} disabled={disabled} onClick={() => onChange(!on)} />
  );
}
