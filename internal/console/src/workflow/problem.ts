import type { Field } from "../api/problem";
import type { Workflow } from "./type";

/** problemsByNode puts each field of a refused workflow to its node; "" holds those of the whole. */
export function problemsByNode(w: Workflow, fields: Field[]): Map<string, Field[]> {
  const found = new Map<string, Field[]>();
  for (const field of fields) {
    const name = nodeAt(w, field.location);
    found.set(name, [...(found.get(name) ?? []), field]);
  }
  return found;
}

/** nodeAt is the node that a location speaks of: `nodes[3].type`, `connections["Name"].main[0]`. */
export function nodeAt(w: Workflow, location: string): string {
  const index = /(?:^|\.)nodes\[(\d+)\]/.exec(location);
  if (index) return w.nodes[Number(index[1])]?.name ?? "";
  const quoted = /(?:^|\.)connections\[("(?:[^"\\]|\\.)*")\]/.exec(location);
  if (quoted) return JSON.parse(quoted[1]!) as string;
  const plain = /(?:^|\.)connections\.([^.[]+)/.exec(location);
  return plain?.[1] ?? "";
}
