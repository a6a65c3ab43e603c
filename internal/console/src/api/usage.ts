import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { credential } from "../session/session";
import { download } from "../text/download";
import { client, type Schema, take } from "./client";
import { problemOf } from "./problem";

/** fetchUsage reads a month's usage (`2026-11`), by default this one. The route answers JSON, or CSV if asked for. */
async function fetchUsage(period?: string): Promise<Schema["Usage"]> {
  return (await take(client.GET("/api/usage", { params: { query: { period } } }))) as Schema["Usage"];
}

export function useUsage(period?: string) {
  return useQuery({ queryKey: ["usage", period ?? "now"], queryFn: () => fetchUsage(period), refetchInterval: period ? false : 30_000 });
}

export function useUsageRecords(period: string) {
  const query = useInfiniteQuery({
    queryKey: ["usage", period, "records"],
    queryFn: ({ pageParam }) => take(client.GET("/api/usage/records", { params: { query: { period, limit: 100, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items };
}

/** exportUsage saves a month's usage as the table that the API makes of it. */
export async function exportUsage(period: string) {
  const response = await fetch(`/api/usage?period=${period}`, { headers: { Authorization: `Bearer ${credential() ?? ""}`, Accept: "text/csv" } });
  const text = await response.text();
  if (!response.ok) throw problemOf(response, undefined);
  download(`usage-${period}.csv`, text, "text/csv");
}
