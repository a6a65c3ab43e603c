import { type Link, linksOf, stickyType, type Workflow, type WorkflowNode } from "./type";

/** Port is a place at a node where connections end. */
export interface Port {
  id: string;
  label: string;
}

export type Shape = "box" | "wide" | "round" | "sticky";

/** Placed is a node with its place, its shape and its ports: what is drawn. */
export interface Placed {
  node: WorkflowNode;
  x: number;
  y: number;
  width: number;
  height: number;
  shape: Shape;
  inputs: Port[];
  outputs: Port[];
  /** What AI nodes are made of (models, memory, tools) comes from below. */
  parts: Port[];
  /** The node is such a part itself: its connection leaves at the top. */
  isPart: string | null;
}

/** What the catalogue says of a type. */
export interface TypeInfo {
  inputs: string[];
  outputs: string[];
}

const size = { box: [96, 96], round: [80, 80] } as const;
const partTypes: Record<string, string> = {
  ai_languageModel: "Model",
  ai_memory: "Memory",
  ai_tool: "Tool",
  ai_outputParser: "Parser",
  ai_embedding: "Embedding",
  ai_vectorStore: "Vector store",
  ai_document: "Document",
  ai_textSplitter: "Splitter",
  ai_retriever: "Retriever",
  ai_chain: "Chain",
  ai_agent: "Agent",
  ai_reranker: "Reranker",
};

const partOrder = Object.keys(partTypes);

export function portId(side: "in" | "out", type: string, index: number): string {
  return `${side}:${type}:${index}`;
}

/** place lays a workflow out: n8n's own positions, or columns where nodes have none. */
export function place(w: Workflow, info: (type: string) => TypeInfo | undefined): Placed[] {
  const links = linksOf(w);
  const positions = hasPositions(w) ? null : columns(w, links);
  const into = group(links, (l) => l.to);
  const from = group(links, (l) => l.from);
  return w.nodes.map((node) => {
    const [x, y] = positions?.get(node.name) ?? node.position ?? [0, 0];
    if (node.type === stickyType) return sticky(node, x, y);
    const ins = into.get(node.name) ?? [];
    const outs = from.get(node.name) ?? [];
    const isPart = outs.find((l) => l.type !== "main")?.type ?? null;
    const parts = [...new Set(ins.filter((l) => l.inputType !== "main").map((l) => l.inputType))].sort((a, b) => partOrder.indexOf(a) - partOrder.indexOf(b));
    const shape: Shape = isPart && parts.length === 0 ? "round" : parts.length > 0 ? "wide" : "box";
    const outputs = isPart ? [] : ports("out", outputNames(node, info(node.type)), outs.map((l) => l.output));
    const inputs = isPart ? [] : ports("in", info(node.type)?.inputs ?? [], ins.filter((l) => l.inputType === "main").map((l) => l.input));
    const [width, base] = shape === "wide" ? [Math.max(200, parts.length * 76 + 24), 96] : shape === "round" ? size.round : size.box;
    const height = Math.max(base, 24 * Math.max(inputs.length, outputs.length) + 24);
    return {
      node, x, y, width, height, shape, inputs, outputs, isPart,
      parts: parts.map((type) => ({ id: portId("in", type, 0), label: partTypes[type] ?? type.replace(/^ai_/, "") })),
    };
  });
}

function sticky(node: WorkflowNode, x: number, y: number): Placed {
  const p = node.parameters ?? {};
  const number = (v: unknown, otherwise: number) => (typeof v === "number" && v > 0 ? Math.min(v, 8000) : otherwise);
  return { node, x, y, width: number(p.width, 240), height: number(p.height, 160), shape: "sticky", inputs: [], outputs: [], parts: [], isPart: null };
}

/** ports are as many as the type has and the connections use. */
function ports(side: "in" | "out", names: string[], used: number[]): Port[] {
  const n = Math.max(names.length, ...used.map((i) => i + 1), 0);
  return Array.from({ length: n }, (_, i) => ({ id: portId(side, "main", i), label: n > 1 ? (names[i] ?? String(i)) : "" }));
}

function outputNames(node: WorkflowNode, info: TypeInfo | undefined): string[] {
  const names = info?.outputs ?? [];
  const withError = node.onError === "continueErrorOutput" ? ["error"] : [];
  if (!node.type.endsWith(".switch")) return withError.length ? [...(names.length === 1 ? ["success"] : names), ...withError] : names;
  const rules = (node.parameters?.rules as { values?: { outputKey?: string }[] } | undefined)?.values;
  return [...(Array.isArray(rules) ? rules.map((r, i) => r?.outputKey || String(i)) : names), ...withError];
}

function group<T>(list: T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const k = key(one);
    const g = groups.get(k);
    if (g) g.push(one);
    else groups.set(k, [one]);
  }
  return groups;
}

/** hasPositions is false where all nodes lie on one point: the file has no layout. */
function hasPositions(w: Workflow): boolean {
  const at = w.nodes.filter((n) => n.type !== stickyType).map((n) => n.position);
  if (at.some((p) => !Array.isArray(p) || !Number.isFinite(p[0]) || !Number.isFinite(p[1]))) return false;
  return at.length < 2 || new Set(at.map((p) => p!.join())).size > 1;
}

/** columns gives each node the column after the last one that leads to it. */
function columns(w: Workflow, links: Link[]): Map<string, [number, number]> {
  const column = new Map(w.nodes.map((n) => [n.name, 0]));
  // As many rounds as nodes: longer ways than that are loops.
  for (let round = 0; round < w.nodes.length; round++) {
    let moved = false;
    for (const l of links) {
      const next = Math.min((column.get(l.from) ?? 0) + 1, w.nodes.length);
      if (l.type === "main" && next > (column.get(l.to) ?? 0) && round < 50) {
        column.set(l.to, next);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const filled = new Map<number, number>();
  return new Map(
    w.nodes.map((n) => {
      const c = column.get(n.name) ?? 0;
      const row = filled.get(c) ?? 0;
      filled.set(c, row + 1);
      return [n.name, [c * 220, row * 160]];
    }),
  );
}
