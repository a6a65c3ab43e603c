import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call, client, type Schema, take } from "./client";
import { asWorkflow } from "../workflow/type";
import { useLive } from "./live";
import { runPath, useOwner } from "./owner";

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

/** keyOf is where the cache has a run: what invalidates all runs finds it. */
function keyOf(owner: string | null, id: string): string[] {
  return owner === null ? ["executions", id] : ["admin", "executions", id];
}

/** Detail is a run with its node runs; of a run that an operator looks at it says whose it is. */
export type Detail = ExecutionDetail & { tenant?: string };

export function useExecution(id: string) {
  const owner = useOwner();
  const live = useLive(owner === null);
  const query = useQuery({
    queryKey: keyOf(owner, id),
    queryFn: () => call<Detail>("GET", runPath(owner, id)),
    // Live events name what changed; a slow poll stands behind them, should one be lost.
    refetchInterval: (q) => (q.state.data && !isOpen(q.state.data.status) ? false : live ? 15_000 : poll),
  });
  return { ...query, live };
}

/** useRunWorkflow is the workflow that a run runs, as it was when the run began. */
export function useRunWorkflow(id: string) {
  const owner = useOwner();
  return useQuery({
    queryKey: ["run-workflow", id],
    queryFn: async () => asWorkflow(await call("GET", runPath(owner, id, "/workflow"))),
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
  const owner = useOwner();
  const query = useInfiniteQuery({
    queryKey: ["items", at],
    queryFn: ({ pageParam }) => {
      const query = { run: String(at.run), output: String(at.output), limit: "1000", ...(pageParam ? { cursor: pageParam } : {}) };
      return call<ItemsPage>("GET", runPath(owner, at.execution, `/nodes/${encodeURIComponent(at.node)}/output`, query));
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

/** usePreview asks which side effects a retry would cause again. Operators retry from the beginning alone. */
export function usePreview(id: string, fromNode: string | null) {
  const owner = useOwner();
  return useQuery({
    queryKey: [...keyOf(owner, id), "preview", fromNode],
    queryFn: () =>
      owner === null
        ? call<{ nodes: Repeated[] }>("POST", runPath(owner, id, "/retry", { preview: "true" }), fromNode ? { fromNode } : {})
        : call<{ nodes: Repeated[] }>("GET", runPath(owner, id, "/retry")),
    staleTime: 0,
  });
}

function useAction<T>(send: (input: T, owner: string | null) => Promise<Schema["Job"]>) {
  const cache = useQueryClient();
  const owner = useOwner();
  return useMutation({
    mutationFn: (input: T) => send(input, owner),
    // What it was may have changed even where the action is refused.
    onSettled: () => cache.invalidateQueries({ queryKey: owner === null ? ["executions"] : ["admin"] }),
  });
}

export interface ResumeInput {
  id: string;
  unknownOutcome?: "retry" | "skip";
  version?: number;
}

export function resume({ id, ...body }: ResumeInput, owner: string | null = null) {
  if (owner === null) return call<Schema["Job"]>("POST", runPath(owner, id, "/resume"), body);
  return call<Schema["Job"]>("POST", runPath(owner, id, "/resume", body.unknownOutcome ? { unknownOutcome: body.unknownOutcome } : {}), {});
}
export const cancel = (id: string, owner: string | null = null) => call<Schema["Job"]>("POST", runPath(owner, id, "/cancel"), {});
export const retry = ({ id, fromNode }: { id: string; fromNode?: string | null }, owner: string | null = null) => call<Schema["Job"]>("POST", runPath(owner, id, "/retry"), fromNode ? { fromNode } : {});

export const useResume = () => useAction(resume);
export const useCancel = () => useAction(cancel);
export const useRetry = () => useAction(retry);
