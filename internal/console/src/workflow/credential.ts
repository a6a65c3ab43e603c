import type { Workflow, WorkflowNode } from "./type";

/** Kept is what is known of a credential that the tenant has. */
export interface Kept {
  id: string;
  type: string;
  name: string;
}

/** Missing is a credential that nodes name and the tenant does not have. */
export interface Missing {
  type: string;
  name: string;
  nodes: string[];
}

/** Reference is how a node names a credential of a type. */
export interface Reference {
  id?: string | null;
  name?: string;
}

export function referenceOf(node: WorkflowNode, type: string): Reference {
  const raw = node.credentials?.[type];
  return typeof raw === "object" && raw !== null ? (raw as Reference) : typeof raw === "string" ? { name: raw } : {};
}

/** found is the credential that a reference means: by its id, or else by its name, as an import leaves it. */
export function found<T extends Kept>(reference: Reference, type: string, kept: T[]): T | undefined {
  const fitting = kept.filter((c) => c.type === type);
  return fitting.find((c) => c.id === reference.id) ?? fitting.find((c) => c.name === reference.name);
}

/** missingOf lists the credentials that a workflow's nodes name in vain. */
export function missingOf(workflow: Workflow, kept: Kept[]): Missing[] {
  const missing = new Map<string, Missing>();
  for (const node of workflow.nodes) {
    if (node.disabled) continue;
    for (const type of Object.keys(node.credentials ?? {})) {
      const reference = referenceOf(node, type);
      if (!reference.name || found(reference, type, kept)) continue;
      const key = `${type}\u0000${reference.name}`;
      const one = missing.get(key) ?? { type, name: reference.name, nodes: [] };
      one.nodes.push(node.name);
      missing.set(key, one);
    }
  }
  return [...missing.values()];
}
