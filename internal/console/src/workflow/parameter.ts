import type { NodeTypeDetail, Parameter } from "../api/nodetype";
import type { WorkflowNode } from "./type";

/** parametersOf are the parameters that a node of this version shows with the values it has. */
export function parametersOf(node: WorkflowNode, type: NodeTypeDetail): Parameter[] {
  const version = node.typeVersion ?? Math.max(...type.versions);
  const variant = type.variants.find((v) => v.versions.includes(version)) ?? type.variants.at(-1);
  const all = variant?.parameters ?? [];
  const values = node.parameters ?? {};
  const shown = all.filter((p) => visible(p, all, values, version, 0));
  // Several may have one name, each for other versions or values: the first that shows is it.
  return shown.filter((p, i) => shown.findIndex((q) => q.name === p.name) === i);
}

const deepest = 4;

function visible(p: Parameter, all: Parameter[], values: Record<string, unknown>, version: number, depth: number): boolean {
  return Object.entries(p.show ?? {}).every(([name, allowed]) => {
    if (name === "@version") return (allowed ?? []).includes(version);
    if (depth >= deepest) return true;
    const value = values[name] ?? all.find((q) => q.name === name && visible(q, all, values, version, depth + 1))?.default;
    return isExpression(value) || (allowed ?? []).some((a) => a === value);
  });
}

/** An expression is a text that begins with "=": n8n computes it for each item. */
export function isExpression(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("=");
}

/** unknownParameters are those that the node has and its type does not name: they are kept, and shown. */
export function unknownParameters(node: WorkflowNode, known: Parameter[]): string[] {
  const names = new Set(known.map((p) => p.name));
  return Object.keys(node.parameters ?? {}).filter((name) => !names.has(name));
}

/** parameterLabel is a parameter's name for people: `Send Query`. */
export function parameterLabel(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/^./, (c) => c.toUpperCase());
}
