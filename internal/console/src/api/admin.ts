import { type InfiniteData, keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { all, call, client, type Schema, take } from "./client";
import type { LimitKey } from "./limit";

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

/** bulk acts on all that match a filter; with dryRun it only tells which. */
export const bulk = (body: BulkRequest) => take(client.POST("/api/admin/executions/bulk", { body }));

/** Where the cache has tenants: lists of them, and each by its id. */
const tenantKey = ["admin", "tenants"];

export function useTenants() {
  const query = useInfiniteQuery({
    queryKey: [...tenantKey, "list"],
    queryFn: ({ pageParam }) => take(client.GET("/api/admin/tenants", { params: { query: { limit: 100, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items };
}

const tenantOf = (id: string) => take(client.GET("/api/admin/tenants/{id}", { params: { path: { id } } }));

export const useTenant = (id: string) => useQuery({ queryKey: [...tenantKey, id], queryFn: () => tenantOf(id) });

/** How many tenants are named in lists of what is theirs: the newest. */
const mostNamed = 2_000;

/** useTenantNames are the names of the newest tenants by id: lists of what is theirs show them. */
export function useTenantNames() {
  const query = useQuery({
    queryKey: [...tenantKey, "names"],
    queryFn: async () => {
      const found = await all((cursor) => take(client.GET("/api/admin/tenants", { params: { query: { limit: 200, cursor } } })), mostNamed);
      return found.map((t): [string, string] => [t.id, t.name]);
    },
    staleTime: 60_000,
  });
  return useMemo(() => new Map(query.data), [query.data]);
}

function useChange<T, R>(send: (input: T) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: send, onSettled: () => cache.invalidateQueries({ queryKey: ["admin"] }) });
}

export const useMakeTenant = () => useChange((body: Schema["TenantRequest"]) => take(client.POST("/api/admin/tenants", { body })));
export const useEraseTenant = () => useChange((id: string) => call("DELETE", `/api/admin/tenants/${encodeURIComponent(id)}`));

/** TenantEdit is one thing of a tenant that is changed; a limit of null is the plan's again. */
export type TenantEdit = { name: string } | { timezone: string } | { plan: PlanName } | { suspended: boolean } | { limit: LimitKey; to: number | null };

/** edited is the tenant with the change made. */
export function edited(t: Tenant, edit: TenantEdit): Tenant {
  if (!("limit" in edit)) return { ...t, ...edit };
  const { [edit.limit]: _, ...limits } = t.limits;
  return { ...t, limits: edit.to === null ? limits : { ...limits, [edit.limit]: edit.to } };
}

/** undoing is the change that takes another one back. */
export function undoing(t: Tenant, edit: TenantEdit): TenantEdit {
  if ("limit" in edit) return { limit: edit.limit, to: t.limits[edit.limit] ?? null };
  return Object.fromEntries(Object.keys(edit).map((key) => [key, t[key as keyof Tenant]])) as TenantEdit;
}

/** sendEdit changes the one thing. Limits are replaced together: the others are as they are by now, not as they were when the page was loaded. */
async function sendEdit(id: string, edit: TenantEdit) {
  const body: Schema["TenantChange"] = "limit" in edit ? { limits: edited(await tenantOf(id), edit).limits } : edit;
  return take(client.PUT("/api/admin/tenants/{id}", { params: { path: { id } }, body }));
}

/** exportTenant reads all of a tenant's data, one thing a line; told says how many lines there are by now. */
export async function exportTenant(id: string, told: (lines: number) => void): Promise<string> {
  const lines: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Schema["PageExportLine"] = await call("GET", `/api/admin/tenants/${encodeURIComponent(id)}/export?${new URLSearchParams(cursor ? { cursor } : {})}`);
    lines.push(...page.items.map((line) => JSON.stringify(line)));
    told(lines.length);
    cursor = page.nextCursor;
  }
  return `${lines.join("\n")}\n`;
}

type TenantPages = InfiniteData<Schema["PageTenant"]>;

/**
 * useEditTenant changes a tenant. What is changed is shown at once, and as it was
 * before if the platform refuses; changes of one tenant are sent one after another.
 */
export function useEditTenant(id: string) {
  const cache = useQueryClient();
  const mutationKey = ["edit-tenant", id];
  const show = (change: TenantEdit) =>
    cache.setQueriesData<Tenant | TenantPages>({ queryKey: tenantKey }, (data) => {
      if (!data || Array.isArray(data)) return data; // names are read anew
      if ("pages" in data) return { ...data, pages: data.pages.map((p) => ({ ...p, items: p.items.map((t) => (t.id === id ? edited(t, change) : t)) })) };
      return data.id === id ? edited(data, change) : data;
    });
  const shown = () =>
    cache.getQueryData<Tenant>([...tenantKey, id]) ?? cache.getQueryData<TenantPages>([...tenantKey, "list"])?.pages.flatMap((p) => p.items).find((t) => t.id === id);
  return useMutation({
    mutationKey,
    scope: { id: mutationKey.join() },
    mutationFn: (edit: TenantEdit) => sendEdit(id, edit),
    onMutate: async (edit) => {
      await cache.cancelQueries({ queryKey: tenantKey });
      const before = shown();
      show(edit);
      return before && undoing(before, edit);
    },
    onError: (_error, _edit, undo) => undo && show(undo),
    // While another change is under way, what the platform has is not what is wanted yet.
    onSettled: () => (cache.isMutating({ mutationKey }) === 1 ? cache.invalidateQueries({ queryKey: ["admin"] }) : undefined),
  });
}

export const usePlans = () => useQuery({ queryKey: ["admin", "plans"], queryFn: () => take(client.GET("/api/admin/plans")) });

/** useEditPlan changes one limit of a plan; it is shown at once, and as it was before if the platform refuses. */
export function useEditPlan(plan: PlanName) {
  const cache = useQueryClient();
  const queryKey = ["admin", "plans"];
  const show = (limits: Partial<Record<LimitKey, number>>) =>
    cache.setQueryData<{ items: Plan[] }>(queryKey, (data) => data && { ...data, items: data.items.map((p) => (p.name === plan ? { ...p, ...limits } : p)) });
  return useMutation({
    scope: { id: `edit-plan ${plan}` },
    mutationFn: (body: Partial<Record<LimitKey, number>>) => call("PUT", `/api/admin/plans/${plan}`, body),
    onMutate: async (body) => {
      await cache.cancelQueries({ queryKey });
      const before = cache.getQueryData<{ items: Plan[] }>(queryKey)?.items.find((p) => p.name === plan);
      show(body);
      return before && Object.fromEntries(Object.keys(body).map((key) => [key, before[key as LimitKey]]));
    },
    onError: (_error, _body, undo) => undo && show(undo),
    onSettled: () => cache.invalidateQueries({ queryKey: ["admin"] }),
  });
}

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
