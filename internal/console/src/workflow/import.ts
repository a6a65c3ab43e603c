/** Batch is what one request imports, with the names of the files it came from. */
export interface Batch {
  body: unknown[];
  from: string[];
}

/** maxBytes keeps a request below the API's 4 MB, with room for what surrounds it. */
const maxBytes = 3.5 * 1024 * 1024;

/** readFile reads workflows from a file's text: one, a list, or n8n's wrappers of lists. */
export function readWorkflows(text: string, name: string): { workflow: unknown; from: string }[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is no JSON: ${(error as Error).message}.`);
  }
  const wrapped = parsed as { data?: unknown; workflows?: unknown };
  const list = Array.isArray(parsed) ? parsed : Array.isArray(wrapped?.workflows) ? wrapped.workflows : Array.isArray(wrapped?.data) ? wrapped.data : [parsed];
  return list.map((workflow, i) => ({ workflow: named(workflow, name), from: list.length > 1 ? `${name} [${i}]` : name }));
}

/** named gives a workflow without a name that of its file. */
function named(workflow: unknown, file: string): unknown {
  if (typeof workflow !== "object" || workflow === null || Array.isArray(workflow)) return workflow;
  const w = workflow as { name?: unknown };
  return typeof w.name === "string" && w.name !== "" ? w : { ...w, name: file.replace(/\.json$/i, "") };
}

/** batches splits workflows into requests that are small enough. */
export function batches(workflows: { workflow: unknown; from: string }[]): Batch[] {
  const out: Batch[] = [];
  let bytes = 0;
  for (const { workflow, from } of workflows) {
    const size = new Blob([JSON.stringify(workflow)]).size;
    let last = out.at(-1);
    if (!last || bytes + size > maxBytes) {
      last = { body: [], from: [] };
      out.push(last);
      bytes = 0;
    }
    last.body.push(workflow);
    last.from.push(from);
    bytes += size + 1;
  }
  return out;
}
