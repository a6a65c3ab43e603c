import createClient, { type Middleware } from "openapi-fetch";
import { credential, signOut } from "../session/session";
import { problemOf } from "./problem";
import type { components, paths } from "./schema";

/** The types of the API's bodies, from its OpenAPI document. */
export type Schema = components["schemas"];

const authorize: Middleware = {
  onRequest({ request }) {
    const secret = credential();
    if (secret) request.headers.set("Authorization", `Bearer ${secret}`);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) signOut(true);
  },
};

/** The typed client: `take(client.GET("/api/workflows/{id}", {params: {path: {id}}}))`. */
export const client = createClient<paths>({ baseUrl: location.origin });
client.use(authorize);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** take returns the answer's body, or throws the Problem. */
export async function take<T>(pending: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await pending;
  if (!response.ok) throw problemOf(response, error);
  return data as T;
}

/** call is for routes whose bodies the document leaves open; the caller names the type. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Authorization: `Bearer ${credential() ?? ""}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await response.text();
  let parsed: unknown = text;
  try {
    parsed = text === "" ? undefined : JSON.parse(text);
  } catch {
    // Not JSON: problemOf says what the status was.
  }
  if (response.status === 401) signOut(true);
  if (!response.ok) throw problemOf(response, parsed);
  return parsed as T;
}

/** all reads a list page by page, until its end or until it has as many items as are wanted. */
export async function all<T>(page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>, most: number): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const next = await page(cursor);
    items.push(...next.items);
    if (next.nextCursor === null || items.length >= most) return items;
    cursor = next.nextCursor;
  }
}
