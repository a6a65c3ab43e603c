import { linksOf, type Link, type Workflow, type WorkflowNode } from "./type";

/** Change is one value that differs, by its path within the node. */
export interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

export interface NodeChange {
  name: string;
  type: string;
  what: "added" | "removed" | "changed";
  /** The earlier name, if the node was renamed. */
  was?: string;
  changes: Change[];
}

export interface Difference {
  nodes: NodeChange[];
  linksAdded: Link[];
  linksRemoved: Link[];
  settings: Change[];
}

/** changesOf lists the values that differ between two JSON values. */
export function changesOf(before: unknown, after: unknown, path = ""): Change[] {
  if (Object.is(before, after)) return [];
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((k) => changesOf(before[k], after[k], path === "" ? k : `${path}.${k}`));
  }
  return [{ path, before, after }];
}

function isTree(v: unknown): v is Record<string, unknown> {
  return typeof v === "object" && v !== null;
}

/** difference tells two versions apart: nodes are matched by id, those without by name. */
export function difference(before: Workflow, after: Workflow): Difference {
  const pairs = match(before.nodes, after.nodes);
  const nodes: NodeChange[] = [];
  for (const [old, now] of pairs) {
    if (!old && now) nodes.push({ name: now.name, type: now.type, what: "added", changes: [] });
    if (old && !now) nodes.push({ name: old.name, type: old.type, what: "removed", changes: [] });
    if (!old || !now) continue;
    const changes = changesOf(old, now).filter((c) => !c.path.startsWith("position"));
    if (changes.length === 0) continue;
    nodes.push({ name: now.name, type: now.type, what: "changed", was: old.name !== now.name ? old.name : undefined, changes });
  }
  const key = (l: Link) => [l.from, l.type, l.output, l.to, l.input].join("\u0000");
  const was = new Map(linksOf(before).map((l) => [key(l), l]));
  const is = new Map(linksOf(after).map((l) => [key(l), l]));
  return {
    nodes,
    linksAdded: [...is].filter(([k]) => !was.has(k)).map(([, l]) => l),
    linksRemoved: [...was].filter(([k]) => !is.has(k)).map(([, l]) => l),
    settings: [...changesOf(before.name, after.name, "name"), ...changesOf(before.settings ?? {}, after.settings ?? {}, "settings")],
  };
}

function match(before: WorkflowNode[], after: WorkflowNode[]): [WorkflowNode | undefined, WorkflowNode | undefined][] {
  const left = new Set(before);
  const pairs: [WorkflowNode | undefined, WorkflowNode | undefined][] = after.map((now) => {
    const old = [...left].find((o) => o.id !== undefined && o.id === now.id) ?? [...left].find((o) => o.name === now.name);
    if (old) left.delete(old);
    return [old, now];
  });
  return [...pairs, ...[...left].map((old): [WorkflowNode, undefined] => [old, undefined])];
}
