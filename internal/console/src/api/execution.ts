import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call, client, type Schema, take } from "./client";
import { asWorkflow } from "../workflow/type";
import { useLive } from "./live";

export type Execution = Schema["Execution"];
export type ExecutionDetail = Schema["ExecutionDetail"];
export type NodeRow = Schema["NodeRow"];
export type Status = Execution["status"];

export const statuses: Status[] = ["queued", "running", "waiting", "completed", "failed", "cancelled"];

export interface ExecutionFilter {
  workflowId?: string;
  status?: Status;
  since?: string;
  until?: string;
}

export function isOpen(status: Status): boolean {
  return status === "queued" || status === "running" || status === "waiting";
}

/** Without the live connection an open run is asked for this often. */
const poll = 2_000;
const pollList = 5_000;

export function useExecutions(filter: ExecutionFilter, pageSize = 100) {
  const live = useLive();
  const query = useInfiniteQuery({
    queryKey: ["executions", "list", filter, pageSize],
    queryFn: ({ pageParam }) => take(client.GET("/api/executions", { params: { query: { ...filter, limit: pageSize, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    refetchInterval: (q) => (!live && (q.state.data?.pages.length ?? 0) <= 3 ? pollList : false),
    placeholderData: (old) => old,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items, live };
}

export function useExecution(id: string) {
  const live = useLive();
  const query = useQuery({
    queryKey: ["executions", id],
    queryFn: () => take(client.GET("/api/executions/{id}", { params: { path: { id } } })),
    // Live events name what changed; a slow poll stands behind them, should one be lost.
    refetchInterval: (q) => (q.state.data && !isOpen(q.state.data.status) ? false : live ? 15_000 : poll),
  });
  return { ...query, live };
}

/** useRunWorkflow is the workflow that a run runs, as it was when the run began. */
export function useRunWorkflow(id: string) {
  return useQuery({
    queryKey: ["run-workflow", id],
    queryFn: async () => asWorkflow(await take(client.GET("/api/executions/{id}/workflow", { params: { path: { id } } }))),
    staleTime: Infinity,
  });
}

/** useRunOutput is what the last node of a completed run gave. */
export function useRunOutput(id: string, enabled: boolean) {
  return useQuery({
    queryKey: ["run-output", id],
    queryFn: () => take(client.GET("/api/jobs/{id}/status", { params: { path: { id } } })),
    enabled,
    staleTime: Infinity,
  });
}

export interface ItemsPage {
  items: Item[];
  nextCursor: string | null;
  total?: number;
}

export interface Item {
  json: Record<string, unknown>;
  binary?: Record<string, unknown>;
  [other: string]: unknown;
}

export interface ItemsAt {
  execution: string;
  node: string;
  run: number;
  output: number;
}

/** useItems loads a node's items page by page; ended node runs never change. */
export function useItems(at: ItemsAt, enabled: boolean) {
  const query = useInfiniteQuery({
    queryKey: ["items", at],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ run: String(at.run), output: String(at.output), limit: "1000" });
      if (pageParam) query.set("cursor", pageParam);
      return call<ItemsPage>("GET", `/api/executions/${at.execution}/nodes/${encodeURIComponent(at.node)}/output?${query}`);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    enabled,
    staleTime: Infinity,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items };
}

export interface Repeated {
  nodeId: string;
  name: string;
  type: string;
  runIndex: number;
  effect: "safe" | "unsafe" | "compute";
}

/** usePreview asks which side effects a retry would cause again. */
export function usePreview(id: string, fromNode: string | null) {
  return useQuery({
    queryKey: ["executions", id, "preview", fromNode],
    queryFn: () => call<{ nodes: Repeated[] }>("POST", `/api/executions/${id}/retry?preview=true`, fromNode ? { fromNode } : {}),
    staleTime: 0,
  });
}

function useAction<T>(send: (input: T) => Promise<Schema["Job"]>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: send,
    // What it was may have changed even where the action is refused.
    onSettled: () => cache.invalidateQueries({ queryKey: ["executions"] }),
  });
}

export interface ResumeInput {
  id: string;
  unknownOutcome?: "retry" | "skip";
  version?: number;
}

export const resume = ({ id, ...body }: ResumeInput) => take(client.POST("/api/executions/{id}/resume", { params: { path: { id } }, body }));
export const cancel = (id: string) => take(client.POST("/api/executions/{id}/cancel", { params: { path: { id } } }));
export const retry = ({ id, fromNode }: { id: string; fromNode?: string | null }) => call<Schema["Job"]>("POST", `/api/executions/${id}/retry`, fromNode ? { fromNode } : {});

export const useResume = () => useAction(resume);
export const useCancel = () => useAction(cancel);
export const useRetry = () => useAction(retry);
