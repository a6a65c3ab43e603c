import { type ReactNode, useEffect, useRef } from "react";

/**
 * PlainTable is a table of few rows, written as thead and tbody. On narrow screens
 * each row stands as a card whose cells are named by the table's own heads.
 */
export function PlainTable({ children }: { children: ReactNode }) {
  const table = useRef<HTMLTableElement>(null);
  useEffect(() => {
    const heads = Array.from(table.current?.querySelectorAll("thead th") ?? [], (th) => th.textContent ?? "");
    for (const row of table.current?.querySelectorAll("tbody tr") ?? []) {
      Array.from(row.children).forEach((cell, i) => cell.setAttribute("data-title", heads[i] ?? ""));
    }
  });
  return (
    <table className="table-plain cards" ref={table}>
      {children}
    </table>
  );
}

/** ActionsHead is the head of the column with the buttons of each row: who hears the table needs one. */
export function ActionsHead() {
  return (
    <th>
      <span className="unseen">Actions</span>
    </th>
  );
}
