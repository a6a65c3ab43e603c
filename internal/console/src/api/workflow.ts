import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { asWorkflow, type Workflow } from "../workflow/type";
import { all, call, client, type Schema, take } from "./client";

export type WorkflowHead = Schema["Workflow"];
export type ImportReport = Schema["ImportReport"];
export type Imported = Schema["Imported"];

const pageSize = 100;

export function useWorkflows(search: string) {
  const query = useInfiniteQuery({
    queryKey: ["workflows", "list", search],
    queryFn: ({ pageParam }) => take(client.GET("/api/workflows", { params: { query: { limit: pageSize, cursor: pageParam, search: search || undefined } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: (old) => old,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items };
}

/** How many workflows are named in lists of runs: the newest. */
const mostNamed = 1_000;

/** useWorkflowNames are the names of the newest workflows by id: lists of runs show them. */
export function useWorkflowNames() {
  const query = useQuery({
    queryKey: ["workflows", "names"],
    queryFn: () => all((cursor) => take(client.GET("/api/workflows", { params: { query: { limit: 200, cursor } } })), mostNamed),
    staleTime: 60_000,
  });
  return useMemo(() => new Map((query.data ?? []).map((w) => [w.id, w.name])), [query.data]);
}

/** useWorkflow is a workflow in n8n's format: its current version, or the one that is asked for. */
export function useWorkflow(id: string, version?: number) {
  return useQuery({
    queryKey: ["workflows", id, version ?? "current"],
    queryFn: async () => asWorkflow(await take(client.GET("/api/workflows/{id}", { params: { path: { id }, query: { version } } }))),
    enabled: id !== "",
    staleTime: version ? Infinity : 5_000,
  });
}

/** useWorkflowHead is what the list says of one workflow: its webhooks above all. */
export function useWorkflowHead(id: string, name: string | undefined) {
  return useQuery({
    queryKey: ["workflows", id, "head", name],
    queryFn: async () => {
      const page = await take(client.GET("/api/workflows", { params: { query: { limit: 100, search: name } } }));
      return page.items.find((w) => w.id === id) ?? null;
    },
    enabled: name !== undefined,
  });
}

export function useVersions(id: string) {
  return useQuery({
    queryKey: ["workflows", id, "versions"],
    queryFn: () => take(client.GET("/api/workflows/{id}/versions", { params: { path: { id }, query: { limit: 100 } } })),
  });
}

function useRefresh() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: ["workflows"] });
}

/** fields that the platform adds to what it answers, and that are not the author's. */
function authored(w: Workflow): Workflow {
  const { id: _id, active: _active, version: _version, createdAt: _made, updatedAt: _changed, ...rest } = w;
  return rest as Workflow;
}

export function useSave(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async ({ workflow, version }: { workflow: Workflow; version: number }) =>
      take(client.PUT("/api/workflows/{id}", { params: { path: { id }, query: {}, header: { "If-Match": `"${version}"` } }, body: authored(workflow) as never })),
    onSuccess: refresh,
  });
}

export function useCreate() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (w: Workflow) => take(client.POST("/api/workflows", { body: authored(w) as never })), onSuccess: refresh });
}

export type WorkflowLimits = Schema["WorkflowLimits"];
export type WorkflowCaps = Schema["WorkflowCaps"];

export function useLimits(id: string) {
  return useQuery({ queryKey: ["workflows", id, "limits"], queryFn: () => take(client.GET("/api/workflows/{id}/limits", { params: { path: { id } } })) });
}

export function useSetLimits(id: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: WorkflowCaps) => take(client.PUT("/api/workflows/{id}/limits", { params: { path: { id } }, body })), onSuccess: refresh });
}

export function useActivate() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, on }: { id: string; on: boolean }) =>
      on ? take(client.POST("/api/workflows/{id}/activate", { params: { path: { id } } })) : take(client.POST("/api/workflows/{id}/deactivate", { params: { path: { id } } })),
    onSuccess: refresh,
  });
}

export function useDelete() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (id: string) => take(client.DELETE("/api/workflows/{id}", { params: { path: { id } } })), onSuccess: refresh });
}

export function useImport() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: unknown) => call<ImportReport>("POST", "/api/workflows/import", body), onSuccess: refresh });
}

export interface RunRequest {
  /** Sent again with the same key, it starts nothing and answers with the first run. */
  key?: string;
  input?: unknown;
  version?: number;
  startNode?: string;
  test?: Record<string, unknown>;
}

export function useRun(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ key, ...body }: RunRequest) =>
      take(client.POST("/api/workflows/{id}/run", { params: { path: { id }, header: key ? { "Idempotency-Key": key } : {} }, body: body as never })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["executions"] }),
  });
}
