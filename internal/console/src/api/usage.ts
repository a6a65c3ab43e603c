import { useQuery } from "@tanstack/react-query";
import { client, type Schema, take } from "./client";

/** fetchUsage reads a month's usage (`2026-11`), by default this one. The route answers JSON, or CSV if asked for. */
export async function fetchUsage(period?: string): Promise<Schema["Usage"]> {
  return (await take(client.GET("/api/usage", { params: { query: { period } } }))) as Schema["Usage"];
}

export function useUsage(period?: string) {
  return useQuery({ queryKey: ["usage", period ?? "now"], queryFn: () => fetchUsage(period), refetchInterval: period ? false : 30_000 });
}
