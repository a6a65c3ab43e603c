import type { Change } from "../workflow/diff";
import "./change.css";

/** ChangeTable shows values as they were before and after, side by side. */
export function ChangeTable({ changes }: { changes: Change[] }) {
  return (
    <div className="changes">
      {changes.map((c) => (
        <div className="change" key={c.path}>
          <code className="path">{c.path}</code>
          <Value tone="before" value={c.before} />
          <Value tone="after" value={c.after} />
        </div>
      ))}
    </div>
  );
}

function Value({ tone, value }: { tone: "before" | "after"; value: unknown }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <pre className={tone}>
      <span className="which">{tone}</span>
      {value === undefined ? <span className="muted">not set</span> : text}
    </pre>
  );
}
