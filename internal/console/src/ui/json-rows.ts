/** Row is one line of a JSON tree as it is folded now. */
export interface Row {
  path: string;
  depth: number;
  /** The member's name or index; null at the root. */
  name: string | null;
  value: unknown;
  /** For objects and lists: whether it is open; null for plain values. */
  open: boolean | null;
}

/** rowsOf lists the lines of a tree: members of what is open, depth first. */
export function rowsOf(value: unknown, isOpen: (path: string, depth: number, size: number) => boolean): Row[] {
  const rows: Row[] = [];
  const walk = (v: unknown, name: string | null, path: string, depth: number) => {
    const folds = typeof v === "object" && v !== null && sizeOf(v) > 0;
    const open = folds ? isOpen(path, depth, sizeOf(v)) : null;
    rows.push({ path, depth, name, value: v, open });
    if (!open) return;
    for (const [key, child] of Object.entries(v as object)) walk(child, key, `${path}/${key}`, depth + 1);
  };
  walk(value, null, "", 0);
  return rows;
}

export function sizeOf(v: object): number {
  return Array.isArray(v) ? v.length : Object.keys(v).length;
}

const longest = 400;

/** brief is a value's text on one line. */
export function brief(v: unknown): { text: string; kind: "string" | "number" | "word" | "size" } {
  if (typeof v === "string") return { text: JSON.stringify(v.length > longest ? `${v.slice(0, longest)}…` : v), kind: "string" };
  if (typeof v === "number") return { text: String(v), kind: "number" };
  if (Array.isArray(v)) return { text: v.length === 0 ? "[]" : `[ ${v.length} ]`, kind: "size" };
  if (typeof v === "object" && v !== null) {
    const keys = Object.keys(v);
    if (keys.length === 0) return { text: "{}", kind: "size" };
    const some = keys.slice(0, 4).join(", ");
    return { text: `{ ${some}${keys.length > 4 ? ", …" : ""} }`, kind: "size" };
  }
  return { text: String(v), kind: "word" };
}
