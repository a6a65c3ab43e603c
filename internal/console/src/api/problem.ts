/** A field that the API refused: where it is (`body.nodes[3].parameters.url`) and why. */
export interface Field {
  location: string;
  message: string;
}

/** Problem is an error of the API (RFC 9457), or of the way to it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: Field[] = [],
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
    this.name = "Problem";
  }
}

/** problemOf reads the problem from an answer's body, whatever it is. */
export function problemOf(response: Response, body: unknown): Problem {
  const said = (typeof body === "object" && body !== null ? body : {}) as Partial<{ code: string; detail: string; errors: Field[] }>;
  const wait = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    said.code ?? `HTTP_${response.status}`,
    said.detail ?? `The platform answered ${response.status} ${response.statusText}`.trim() + ".",
    said.errors ?? [],
    wait > 0 ? wait : null,
  );
}

/** asProblem makes any thrown value one that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return new Problem(0, "OFFLINE", "The platform cannot be reached. Check the connection, then try again.");
  return new Problem(0, "UNEXPECTED", error instanceof Error ? error.message : String(error));
}
