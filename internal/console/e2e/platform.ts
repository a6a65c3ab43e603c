import { inject } from "vitest";

/** Platform is what the tests know of the platform that they all use. */
export interface Platform {
  url: string;
  keys: Record<string, string>; // by tenant: dev-free, dev-pro, dev-enterprise; operator
  upstream: string; // host:port of the server that workflows call
}

export const platform = () => inject("platform");

/** Caller speaks the API with one key. */
export class Caller {
  constructor(readonly key: string) {}

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(platform().url + path, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  async create(workflow: Workflow): Promise<string> {
    return (await this.call<{ id: string }>("POST", "/api/workflows", workflow)).id;
  }

  async run(workflow: string, body: object = {}): Promise<string> {
    return (await this.call<{ jobId: string }>("POST", `/api/workflows/${workflow}/run`, body)).jobId;
  }

  /** ended waits until the run is over. */
  async ended(job: string): Promise<string> {
    return until(async () => {
      const { status } = await this.call<{ status: string }>("GET", `/api/jobs/${job}/status`);
      return ["completed", "failed", "cancelled"].includes(status) ? status : null;
    });
  }
}

/** until asks again and again until the answer is not null; the test's timeout ends it. */
export async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== null) return found;
    await new Promise((soon) => setTimeout(soon, 20));
  }
}

/** newTenant makes a tenant of the test's own, so that tests do not see each other. */
export async function newTenant(name: string, plan = "PRO"): Promise<Caller & { id: string }> {
  const operator = new Caller(platform().keys.operator!);
  const made = await operator.call<{ id: string; apiKey: string }>("POST", "/api/admin/tenants", { name, plan });
  return Object.assign(new Caller(made.apiKey), { id: made.id });
}

export interface Workflow {
  name: string;
  nodes: object[];
  connections: object;
  settings?: object;
}

/** upstream is an address of the server that workflows call. */
export const upstream = (path: string) => `http://${platform().upstream}/${path}`;

/** node is a node for chain. */
export const node = (name: string, type: string, typeVersion: number, parameters: object = {}) => ({ name, type, typeVersion, parameters });

export const get = (name: string, url: string) => node(name, "n8n-nodes-base.httpRequest", 4.2, { url, options: {} });

export const set = (name: string, values: Record<string, string>) =>
  node(name, "n8n-nodes-base.set", 3.4, {
    assignments: { assignments: Object.entries(values).map(([key, value], i) => ({ id: `${i}`, name: key, value, type: "string" })) },
    options: {},
  });

export const code = (name: string, jsCode: string) => node(name, "n8n-nodes-base.code", 2, { jsCode });

/** chain is a workflow of nodes in a row after a manual trigger. */
export function chain(name: string, ...nodes: ReturnType<typeof node>[]): Workflow {
  const all = [node("Start", "n8n-nodes-base.manualTrigger", 1), ...nodes];
  return {
    name,
    nodes: all.map((n, i) => ({ id: `id-${i}`, position: [220 * i, 0], ...n })),
    connections: Object.fromEntries(
      all.slice(0, -1).map((n, i) => [n.name, { main: [[{ node: all[i + 1]!.name, type: "main", index: 0 }]] }]),
    ),
    settings: { executionOrder: "v1" },
  };
}
