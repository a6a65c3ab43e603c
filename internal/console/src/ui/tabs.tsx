import { type KeyboardEvent, type ReactNode, useId } from "react";
import "./tabs.css";

export interface Tab {
  key: string;
  title: string;
  /** A figure behind the title. */
  n?: number;
  body: () => ReactNode;
}

/** Tabs show one of several bodies; arrow keys move between them. */
export function Tabs({ label, tabs, current, onChange }: { label: string; tabs: Tab[]; current: string; onChange: (key: string) => void }) {
  const id = useId();
  const shown = tabs.find((t) => t.key === current) ?? tabs[0];
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0 || !shown) return;
    const next = tabs[(tabs.indexOf(shown) + step + tabs.length) % tabs.length]!;
    onChange(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((t) => (
          <button
            key={t.key}
            id={`${id}-${t.key}`}
            type="button"
            role="tab"
            aria-selected={t === shown}
            aria-controls={`${id}-panel`}
            tabIndex={t === shown ? 0 : -1}
            onClick={() => onChange(t.key)}
          >
            {t.title}
            {t.n !== undefined && <span className="n">{t.n}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown?.key}`} className="tab-panel">
        {shown?.body()}
      </div>
    </>
  );
}
