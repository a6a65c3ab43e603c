import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { client, type Schema, take } from "./client";

export type Template = Schema["Template"];

export interface TemplateFilter {
  app?: string;
  category?: string;
}

const pageSize = 48;
const mostFound = 50;

const listOf = (value: string | undefined) => (value ? [value] : undefined);

/** useTemplates are the templates in the library's order, and what they can be filtered by. */
export function useTemplates(filter: TemplateFilter, enabled = true) {
  const query = useInfiniteQuery({
    queryKey: ["templates", "list", filter],
    queryFn: ({ pageParam }) => take(client.GET("/api/templates", { params: { query: { app: listOf(filter.app), category: listOf(filter.category), limit: pageSize, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    staleTime: 5 * 60_000,
    placeholderData: (old) => old,
    enabled,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  return { ...query, items, facets: query.data?.pages[0] };
}

/** useSearch finds templates by what they do. */
export function useSearch(q: string, filter: TemplateFilter) {
  return useQuery({
    queryKey: ["templates", "search", q, filter],
    queryFn: ({ signal }) => take(client.GET("/api/templates/search", { params: { query: { q, limit: mostFound, app: listOf(filter.app), category: listOf(filter.category) } }, signal })),
    enabled: q !== "",
    staleTime: 5 * 60_000,
    placeholderData: (old) => old,
  });
}

export function useTemplate(id: string) {
  return useQuery({ queryKey: ["templates", id], queryFn: () => take(client.GET("/api/templates/{id}", { params: { path: { id } } })), staleTime: 5 * 60_000 });
}

export function useUseTemplate() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) => take(client.POST("/api/templates/{id}/use", { params: { path: { id } }, body: { name } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["workflows"] }),
  });
}
