import { asWorkflow, type Connections, type Workflow, type WorkflowNode } from "./type";

/** Edits of a workflow: each returns a new one and leaves the old as it was. */

export function replaceNode(w: Workflow, name: string, next: WorkflowNode): Workflow {
  const nodes = w.nodes.map((n) => (n.name === name ? next : n));
  return next.name === name ? { ...w, nodes } : { ...w, nodes, connections: renamed(w.connections, new Map([[name, next.name]])) };
}

/**
 * rewritten is a node as somebody wrote it anew. Its place, and the id that versions
 * know it by, stay if they were left out: one node without a place would have the
 * whole graph laid out anew.
 */
export function rewritten(old: WorkflowNode, next: WorkflowNode): WorkflowNode {
  return { ...(old.id ? { id: old.id } : {}), ...(old.position ? { position: old.position } : {}), ...next };
}

export function moveNodes(w: Workflow, to: Map<string, [number, number]>): Workflow {
  return { ...w, nodes: w.nodes.map((n) => (to.has(n.name) ? { ...n, position: to.get(n.name) } : n)) };
}

export function removeNodes(w: Workflow, names: ReadonlySet<string>): Workflow {
  const connections: Connections = {};
  for (const [from, byType] of Object.entries(w.connections)) {
    if (names.has(from)) continue;
    connections[from] = mapTargets(byType, (targets) => targets.filter((t) => !names.has(t.node)));
  }
  return { ...w, nodes: w.nodes.filter((n) => !names.has(n.name)), connections };
}

function mapTargets(byType: Connections[string], change: (targets: NonNullable<Connections[string][string][number]>) => NonNullable<Connections[string][string][number]>): Connections[string] {
  return Object.fromEntries(Object.entries(byType).map(([type, outputs]) => [type, outputs.map((targets) => change(targets ?? []))]));
}

function renamed(connections: Connections, names: Map<string, string>): Connections {
  const now = (name: string) => names.get(name) ?? name;
  return Object.fromEntries(
    Object.entries(connections).map(([from, byType]) => [now(from), mapTargets(byType, (targets) => targets.map((t) => ({ ...t, node: now(t.node) })))]),
  );
}

/** connect adds a connection, once. */
export function connect(w: Workflow, from: string, type: string, output: number, to: string, input: number): Workflow {
  const outputs = [...(w.connections[from]?.[type] ?? [])];
  while (outputs.length <= output) outputs.push([]);
  const targets = outputs[output] ?? [];
  if (targets.some((t) => t.node === to && t.index === input)) return w;
  outputs[output] = [...targets, { node: to, type, index: input }];
  return { ...w, connections: { ...w.connections, [from]: { ...w.connections[from], [type]: outputs } } };
}

export function disconnect(w: Workflow, from: string, type: string, output: number, to: string, input: number): Workflow {
  const outputs = (w.connections[from]?.[type] ?? []).map((targets, i) => (i === output ? (targets ?? []).filter((t) => !(t.node === to && t.index === input)) : targets));
  return { ...w, connections: { ...w.connections, [from]: { ...w.connections[from], [type]: outputs } } };
}

/** copied is what n8n puts on the clipboard for some nodes: they and the connections between them. */
export function copied(w: Workflow, names: ReadonlySet<string>): string {
  const part = removeNodes(w, new Set(w.nodes.map((n) => n.name).filter((n) => !names.has(n))));
  return JSON.stringify({ nodes: part.nodes, connections: part.connections }, null, 2);
}

/** pasted adds the nodes of n8n's clipboard JSON. Names that are taken get a number, ids are made anew by the platform. */
export function pasted(w: Workflow, text: string): { workflow: Workflow; names: string[] } {
  const part = asWorkflow(JSON.parse(text));
  const taken = new Set(w.nodes.map((n) => n.name));
  const names = new Map<string, string>();
  for (const n of part.nodes) {
    let name = n.name;
    for (let i = 1; taken.has(name); i++) name = `${n.name.replace(/\d+$/, "")}${i}`;
    taken.add(name);
    names.set(n.name, name);
  }
  const ids = new Set(w.nodes.map((n) => n.id));
  const shift = w.nodes.length === 0 ? [0, 0] : spaceBelow(w, part);
  const nodes = part.nodes.map((n): WorkflowNode => {
    const [x, y] = n.position ?? [0, 0];
    const { id, ...rest } = n;
    return { ...rest, ...(id !== undefined && !ids.has(id) ? { id } : {}), name: names.get(n.name) ?? n.name, position: [x + shift[0]!, y + shift[1]!] };
  });
  const connections = { ...w.connections, ...renamed(part.connections, names) };
  return { workflow: { ...w, nodes: [...w.nodes, ...nodes], connections }, names: [...names.values()] };
}

/** spaceBelow is how far pasted nodes move so that they lie under the others. */
function spaceBelow(w: Workflow, part: Workflow): [number, number] {
  const ys = w.nodes.map((n) => n.position?.[1] ?? 0);
  const xs = w.nodes.map((n) => n.position?.[0] ?? 0);
  const top = Math.min(...part.nodes.map((n) => n.position?.[1] ?? 0));
  const left = Math.min(...part.nodes.map((n) => n.position?.[0] ?? 0));
  return [Math.min(...xs) - left, Math.max(...ys) + 200 - top];
}
