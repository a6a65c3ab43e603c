import { QueryCache, QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { asProblem } from "./problem";

/** Refused requests are not repeated; what may pass by itself is, twice. */
function again(failures: number, error: unknown): boolean {
  const { status } = asProblem(error);
  return failures < 2 && (status === 0 || status >= 500 || status === 429);
}

// Whether what is in sight can be refreshed: the last refresh tells. Pages keep what
// they have; the shell says that it is old.
let stale = false;
const listeners = new Set<() => void>();

function setStale(now: boolean) {
  if (stale === now) return;
  stale = now;
  listeners.forEach((tell) => tell());
}

/** useStale tells that the platform does not answer, so that what is in sight gets old. */
export function useStale(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => stale,
  );
}

const cache = new QueryCache({
  // A first load that fails stands on its page with its error; this is of refreshes.
  onError: (error, query) => {
    const { status } = asProblem(error);
    if ((status === 0 || status >= 500) && query.state.data !== undefined) setStale(true);
  },
  onSuccess: () => setStale(false),
});

export const queries = new QueryClient({
  queryCache: cache,
  defaultOptions: {
    // The browser's word on being online is not taken: a request tells, and says why it failed.
    queries: { retry: again, staleTime: 5_000, refetchOnWindowFocus: true, networkMode: "always" },
    mutations: { retry: false, networkMode: "always" },
  },
});
