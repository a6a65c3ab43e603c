import { QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

/** Refused requests are not repeated; what may pass by itself is, twice. */
function again(failures: number, error: unknown): boolean {
  const { status } = asProblem(error);
  return failures < 2 && (status === 0 || status >= 500 || status === 429);
}

export const queries = new QueryClient({
  defaultOptions: { queries: { retry: again, staleTime: 5_000, refetchOnWindowFocus: true }, mutations: { retry: false } },
});
