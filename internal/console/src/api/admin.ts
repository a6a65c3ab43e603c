import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { call, client, type Schema, take } from "./client";

export type AdminExecution = Schema["AdminExecution"];
export type ErrorGroup = Schema["ErrorGroup"];
export type BulkRequest = Schema["BulkRequest"];
export type BulkAnswer = Schema["BulkAnswer"];
export type Tenant = Schema["Tenant"];
export type Plan = Schema["Plan"];
export type PlanName = Tenant["plan"];
export type Audit = Schema["Audit"];
export type QueueState = Schema["QueueState"];
export type Metrics = Schema["Metrics"];

/** plans are the plans' names, higher ones first. */
export const plans: PlanName[] = ["ENTERPRISE", "PRO", "FREE"];

/** limitFields are the limits of a plan, and what a tenant's overrides may replace. */
export const limitFields = [
  { key: "maxConcurrent", label: "Concurrent runs" },
  { key: "monthlyRuns", label: "Runs a month" },
  { key: "aiTokens", label: "AI tokens a month" },
  { key: "runsPerMinute", label: "Runs a minute" },
  { key: "maxQueued", label: "Queued at most" },
  { key: "requestsPerMinute", label: "Requests a minute, each key" },
  { key: "retentionDays", label: "Days kept" },
  { key: "monthlyPriceUsd", label: "Price a month, $" },
] as const;

export type LimitKey = (typeof limitFields)[number]["key"];

export interface AdminFilter {
  tenant?: string;
  status?: string;
  error?: string;
  since?: string;
}

/** How often figures that change by themselves are asked for. */
const poll = 5_000;

export function useAdminExecutions(filter: AdminFilter) {
  const query = useInfiniteQuery({
    queryKey: ["admin", "executions", filter],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: "100" });
      for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
      if (pageParam) query.set("cursor", pageParam);
      return call<Schema["PageAdminExecution"]>("GET", `/api/admin/executions?${query}`);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    refetchInterval: (q) => ((q.state.data?.pages.length ?? 0) <= 2 ? poll : false),
    placeholderData: keepPreviousData,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items };
}

export const useErrorGroups = (since: string) => useQuery({ queryKey: ["admin", "errors", since], queryFn: () => take(client.GET("/api/admin/errors", { params: { query: { since } } })), placeholderData: keepPreviousData });

export type AdminAction = "resume" | "retry" | "cancel";

/** useActOn resumes, retries or cancels one execution of a tenant. */
export function useActOn() {
  return useChange(({ action, run }: { action: AdminAction; run: AdminExecution }) =>
    call<Schema["AdminJob"]>("POST", `/api/admin/executions/${run.id}/${action}?tenant=${encodeURIComponent(run.tenant)}`, {}),
  );
}

/** bulk acts on all that match a filter; with dryRun it only tells which. */
export const bulk = (body: BulkRequest) => take(client.POST("/api/admin/executions/bulk", { body }));

export function useTenants() {
  const query = useInfiniteQuery({
    queryKey: ["admin", "tenants"],
    queryFn: ({ pageParam }) => take(client.GET("/api/admin/tenants", { params: { query: { limit: 100, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items };
}

/** useTenantNames are the names of the newest tenants by id: lists of what is theirs show them. */
export function useTenantNames() {
  const { items } = useTenants();
  return useMemo(() => new Map(items.map((t) => [t.id, t.name])), [items]);
}

function useChange<T, R>(send: (input: T) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: send, onSettled: () => cache.invalidateQueries({ queryKey: ["admin"] }) });
}

export const useMakeTenant = () => useChange((body: Schema["TenantRequest"]) => take(client.POST("/api/admin/tenants", { body })));
export const useChangeTenant = () => useChange(({ id, body }: { id: string; body: Schema["TenantChange"] }) => take(client.PUT("/api/admin/tenants/{id}", { params: { path: { id } }, body })));
export const useEraseTenant = () => useChange((id: string) => call("DELETE", `/api/admin/tenants/${encodeURIComponent(id)}`));

export const usePlans = () => useQuery({ queryKey: ["admin", "plans"], queryFn: () => take(client.GET("/api/admin/plans")) });
export const useChangePlan = () => useChange(({ plan, body }: { plan: string; body: Record<LimitKey, number> }) => call("PUT", `/api/admin/plans/${plan}`, body));

export type CostGroup = Schema["AICosts"]["groupBy"];
export const useCosts = (groupBy: CostGroup, period: string) =>
  useQuery({ queryKey: ["admin", "costs", groupBy, period], queryFn: () => call<Schema["AICosts"]>("GET", `/api/admin/ai-costs?groupBy=${groupBy}&period=${period}`), placeholderData: keepPreviousData });

export const useQueues = () => useQuery({ queryKey: ["admin", "queues"], queryFn: () => take(client.GET("/api/admin/queues")), refetchInterval: poll });
export const useRedrive = () => useChange((plan: string) => call("POST", `/api/admin/queues/${plan}/redrive`, {}));

export function useAudit(tenant: string) {
  const query = useInfiniteQuery({
    queryKey: ["admin", "audit", tenant],
    queryFn: ({ pageParam }) => take(client.GET("/api/admin/audit", { params: { query: { limit: 100, cursor: pageParam, tenant: tenant || undefined } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items };
}

/** useMetrics are the figures of now, and those of the dashboard over the last hours. */
export const useMetrics = (hours: number) =>
  useQuery({ queryKey: ["admin", "metrics", hours], queryFn: () => take(client.GET("/api/admin/metrics", { params: { query: { hours } } })), refetchInterval: poll, placeholderData: keepPreviousData });
