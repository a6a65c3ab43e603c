import { createContext, useContext } from "react";

/**
 * Owner is the tenant whose run an operator looks at, and null where members look at
 * their own. It decides which routes a run is read and acted on by, and where its
 * links lead. It is "" until the platform has said whose the run is.
 */
export const Owner = createContext<string | null>(null);

export const useOwner = () => useContext(Owner);

/** runPath is a run's address in the API, with what stands below it. */
export function runPath(owner: string | null, id: string, below = "", query: Record<string, string> = {}): string {
  const asked = new URLSearchParams(owner ? { ...query, tenant: owner } : query).toString();
  return `/api/${owner === null ? "" : "admin/"}executions/${id}${below}${asked && `?${asked}`}`;
}

/** runPage is the run's page in the console. */
export function runPage(owner: string | null, id: string): string {
  if (owner === null) return `/executions/${id}`;
  return `/admin/executions/${id}${owner && `?tenant=${encodeURIComponent(owner)}`}`;
}
