/** A workflow in n8n's JSON format, as far as the console reads it. Unknown fields are kept. */
export interface Workflow {
  id?: string;
  name?: string;
  nodes: WorkflowNode[];
  connections: Connections;
  settings?: Record<string, unknown>;
  active?: boolean;
  version?: number;
  pinData?: Record<string, unknown>;
  [other: string]: unknown;
}

export interface WorkflowNode {
  id?: string;
  name: string;
  type: string;
  typeVersion?: number;
  position?: [number, number];
  parameters?: Record<string, unknown>;
  credentials?: Record<string, unknown>;
  disabled?: boolean;
  notes?: string;
  notesInFlow?: boolean;
  [other: string]: unknown;
}

/** From a node's name, by connection type (main, ai_tool, …) and output, to where each leads. */
export type Connections = Record<string, Record<string, (Target[] | null)[]>>;

export interface Target {
  node: string;
  type: string;
  index: number;
}

export const stickyType = "n8n-nodes-base.stickyNote";

/** Link is one connection, flat. */
export interface Link {
  from: string;
  to: string;
  type: string;
  output: number;
  input: number;
  inputType: string;
}

/** linksOf lists all connections whose nodes exist. What is not in the format is left out. */
export function linksOf(workflow: Workflow): Link[] {
  const names = new Set(workflow.nodes.map((n) => n.name));
  const links: Link[] = [];
  for (const [from, byType] of Object.entries(workflow.connections ?? {})) {
    if (!names.has(from)) continue;
    for (const [type, outputs] of Object.entries(byType ?? {})) {
      (Array.isArray(outputs) ? outputs : []).forEach((targets, output) => {
        for (const t of targets ?? []) {
          if (t && names.has(t.node)) links.push({ from, to: t.node, type, output, input: t.index ?? 0, inputType: t.type ?? type });
        }
      });
    }
  }
  return links;
}

/** asWorkflow reads a value as a workflow, or says what is wrong. */
export function asWorkflow(value: unknown): Workflow {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("A workflow is a JSON object with nodes and connections.");
  const w = value as Partial<Workflow>;
  if (!Array.isArray(w.nodes)) throw new Error('The workflow has no list "nodes".');
  const names = new Set<string>();
  w.nodes.forEach((n, i) => {
    if (typeof n !== "object" || n === null || typeof n.name !== "string" || typeof n.type !== "string") throw new Error(`nodes[${i}] needs a "name" and a "type".`);
    if (names.has(n.name)) throw new Error(`Two nodes have the name "${n.name}". Rename one of them; connections refer to nodes by name.`);
    names.add(n.name);
  });
  return { ...w, nodes: w.nodes, connections: w.connections ?? {} } as Workflow;
}
