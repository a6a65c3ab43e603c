import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef, useState } from "react";
import "./table.css";

export interface Column<T> {
  key: string;
  title: ReactNode;
  /** A CSS grid track: `2fr`, `120px`, `minmax(160px, 2fr)`. */
  width: string;
  right?: boolean;
  /** Left out below 640 px. */
  wide?: boolean;
  cell: (row: T, index: number) => ReactNode;
}

interface TableProps<T> {
  label: string;
  rows: T[];
  columns: Column<T>[];
  rowKey: (row: T, index: number) => string;
  rowHeight?: number;
  /** How high the table may grow before it scrolls, in CSS. */
  height?: string;
  /** Called when the end comes into sight, to load more. */
  onEnd?: () => void;
  more?: boolean;
  selected?: (row: T) => boolean;
  /** Wider than the place for it, the table scrolls sideways. */
  minWidth?: number;
}

const narrow = matchMedia("(max-width: 640px)");

function useNarrow(): boolean {
  const [is, set] = useState(narrow.matches);
  useEffect(() => {
    const change = () => set(narrow.matches);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  return is;
}

/** Table draws only the rows in sight: 10,000 cost no more than 30. */
export function Table<T>(props: TableProps<T>) {
  const { rows, rowHeight = 44, onEnd, more } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  const columns = props.columns.filter((c) => !(isNarrow && c.wide));
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 10 });
  const drawn = virtual.getVirtualItems();
  const last = drawn.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more && last >= rows.length - 15) onEnd?.();
  }, [last, rows.length, more, onEnd]);

  const tracks = { gridTemplateColumns: columns.map((c) => c.width).join(" "), minWidth: props.minWidth };
  return (
    <div className="table" ref={scroller} role="table" aria-label={props.label} aria-rowcount={rows.length + 1} tabIndex={0} style={{ "--table-height": props.height } as object}>
      <div className="head" role="row" aria-rowindex={1} style={tracks}>
        {columns.map((c) => (
          <div key={c.key} role="columnheader" className={c.right ? "cell right" : "cell"}>
            {c.title}
          </div>
        ))}
      </div>
      <div className="lines" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {drawn.map((v) => {
          const row = rows[v.index]!;
          return (
            <div
              key={props.rowKey(row, v.index)}
              role="row"
              aria-rowindex={v.index + 2}
              aria-selected={props.selected?.(row)}
              className="line"
              style={{ ...tracks, height: v.size, transform: `translateY(${v.start}px)` }}
            >
              {columns.map((c) => (
                <div key={c.key} role="cell" className={c.right ? "cell right" : "cell"}>
                  {c.cell(row, v.index)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {more && <div className="more">Loading more…</div>}
    </div>
  );
}
