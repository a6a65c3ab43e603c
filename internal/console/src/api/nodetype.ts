import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { client, type Schema, take } from "./client";

export type NodeType = Schema["NodeType"];
export type NodeTypeDetail = Schema["NodeTypeDetail"];
export type Parameter = Schema["Parameter"];

const longLived = { staleTime: 10 * 60_000 };

async function fetchAll(): Promise<NodeType[]> {
  const all: NodeType[] = [];
  let cursor: string | undefined;
  do {
    const page = await take(client.GET("/api/node-types", { params: { query: { limit: 100, cursor } } }));
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return all;
}

/** useNodeTypes is the catalogue of what can run, by type; empty until it is loaded. */
export function useNodeTypes() {
  const query = useQuery({ queryKey: ["node-types"], queryFn: fetchAll, ...longLived });
  const byType = useMemo(() => new Map((query.data ?? []).map((t) => [t.type, t])), [query.data]);
  return { byType, loaded: query.isSuccess };
}

export function useNodeType(type: string, known: boolean) {
  return useQuery({
    queryKey: ["node-types", type],
    queryFn: () => take(client.GET("/api/node-types/{type}", { params: { path: { type } } })),
    enabled: known,
    ...longLived,
  });
}
