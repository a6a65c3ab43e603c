import type { Edge, Node } from "@xyflow/react";
import type { NodeType } from "../api/nodetype";
import { iconOf, type Kind, kindOf, labelOf } from "../workflow/kind";
import { place, type Placed, portId } from "../workflow/graph";
import { linksOf, type Workflow } from "../workflow/type";
import type { IconName } from "../ui/icon";

/** NodeState is what a run did at a node, over all its node runs. */
export interface NodeState {
  status: string;
  runs: number;
  /** Items of the last run's outputs. */
  items: number | null;
}

export interface StepData extends Record<string, unknown> {
  placed: Placed;
  kind: Kind;
  icon: IconName;
  title: string;
  state?: NodeState;
  /** How many fields of it the platform refused. */
  problems: number;
  unsupported: boolean;
}

export type StepNode = Node<StepData, "step">;
export type StickyNode = Node<{ placed: Placed }, "sticky">;
export type GraphNode = StepNode | StickyNode;

export interface Sight {
  types: Map<string, NodeType>;
  /** The catalogue is there: only then is it known which types are not supported. */
  typesLoaded: boolean;
  states?: Map<string, NodeState>;
  problems?: Map<string, unknown[]>;
}

/** layOut places the nodes. Notes come first: the overview draws in this order, and they lie below. */
export function layOut(workflow: Workflow, types: Sight["types"]): Placed[] {
  return place(workflow, (type) => types.get(type)).sort((a, b) => Number(b.shape === "sticky") - Number(a.shape === "sticky"));
}

export function nodesOf(laid: Placed[], sight: Sight): GraphNode[] {
  return laid.map((placed): GraphNode => {
    const { node, x, y, width, height } = placed;
    const common = { id: node.name, position: { x, y }, width, height, measured: { width, height } };
    if (placed.shape === "sticky") return { ...common, type: "sticky", data: { placed }, zIndex: -1, ariaLabel: "Sticky note" };
    const state = sight.states?.get(node.name);
    const title = sight.types.get(node.type)?.name ?? labelOf(node.type);
    return {
      ...common,
      type: "step",
      data: {
        placed, title, state,
        kind: kindOf(node.type),
        icon: iconOf(node.type),
        problems: sight.problems?.get(node.name)?.length ?? 0,
        unsupported: sight.typesLoaded && !sight.types.get(node.type)?.versions.includes(node.typeVersion ?? 1),
      },
      ariaLabel: [node.name, title, state?.status, node.disabled ? "disabled" : ""].filter(Boolean).join(", "),
    };
  });
}

export function edgesOf(workflow: Workflow, states?: Map<string, NodeState>): Edge[] {
  const at = new Map(workflow.nodes.map((n) => [n.name, n.position?.[0] ?? 0]));
  return linksOf(workflow).map((l): Edge => {
    const main = l.type === "main";
    const ran = states?.get(l.from)?.status === "completed" && ["completed", "failed", "running"].includes(states.get(l.to)?.status ?? "");
    const back = main && (at.get(l.to) ?? 0) < (at.get(l.from) ?? 0);
    return {
      id: [l.from, l.type, l.output, l.to, l.input].join("\u0000"),
      source: l.from,
      target: l.to,
      sourceHandle: portId("out", l.type, main ? l.output : 0),
      targetHandle: portId("in", l.inputType, main ? l.input : 0),
      type: back ? "smoothstep" : "default",
      className: [main ? "" : "part", ran ? "ran" : ""].join(" ").trim(),
      data: { link: l },
      focusable: false,
    };
  });
}

/**
 * keepNodes takes the nodes of before where nothing about them changed. A run that is
 * watched changes a few nodes several times a second, and only those are drawn anew.
 */
export function keepNodes(before: GraphNode[], after: GraphNode[]): GraphNode[] {
  const old = new Map(before.map((n) => [n.id, n]));
  return after.map((n) => {
    const was = old.get(n.id);
    return was && was.type === n.type && shallow(was.data, n.data) && was.ariaLabel === n.ariaLabel ? was : n;
  });
}

/** keepEdges is keepNodes for edges. */
export function keepEdges(before: Edge[], after: Edge[]): Edge[] {
  const old = new Map(before.map((e) => [e.id, e]));
  return after.map((e) => {
    const was = old.get(e.id);
    return was && was.className === e.className && was.type === e.type && was.targetHandle === e.targetHandle ? was : e;
  });
}

/** shallow compares two objects member by member; those that are states again by their members. */
function shallow(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => Object.is(a[k], b[k]) || (k === "state" && isObject(a[k]) && isObject(b[k]) && shallow(a[k], b[k])));
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === "object" && v !== null;
}
