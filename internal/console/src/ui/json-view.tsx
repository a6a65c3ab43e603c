import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Icon } from "./icon";
import { brief, type Row, rowsOf } from "./json-rows";
import "./json-view.css";

const lineHeight = 20;

/** Openly is how much of a tree is open at first: little of what is large. */
function openAtFirst(depth: number, size: number): boolean {
  return depth === 0 || (depth < 4 && size <= 30);
}

/** JsonView shows any JSON as a tree; only lines in sight are drawn. */
export function JsonView({ value, label, height, collapsed }: { value: unknown; label: string; height?: string; collapsed?: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(
    () => rowsOf(value, (path, depth, size) => (collapsed ? depth === 0 : openAtFirst(depth, size)) !== turned.has(path)),
    [value, turned, collapsed],
  );
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => lineHeight, overscan: 20 });
  const turn = (path: string) => {
    const next = new Set(turned);
    if (!next.delete(path)) next.add(path);
    setTurned(next);
  };
  return (
    <div className="json" ref={scroller} tabIndex={0} role="region" aria-label={label} style={height ? ({ "--json-height": height } as object) : undefined}>
      <div className="lines" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((v) => (
          <Line key={v.key} row={rows[v.index]!} top={v.start} onTurn={turn} />
        ))}
      </div>
    </div>
  );
}

function Line({ row, top, onTurn }: { row: Row; top: number; onTurn: (path: string) => void }) {
  const { text, kind } = brief(row.value);
  return (
    <div className="line" style={{ transform: `translateY(${top}px)`, paddingLeft: 8 + row.depth * 16 }}>
      {row.open === null ? (
        <span className="no-fold" />
      ) : (
        <button type="button" className="fold" aria-expanded={row.open} aria-label={row.name ?? "all"} onClick={() => onTurn(row.path)}>
          <Icon name="right" size={13} />
        </button>
      )}
      {row.name !== null && (
        <>
          <span className="key">{row.name}</span>
          {": "}
        </>
      )}
      <span className={kind}>{text}</span>
    </div>
  );
}
