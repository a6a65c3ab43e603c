import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, type Schema, take } from "./client";

/** A credential without its secrets: they go in and never come out. */
export type Credential = Schema["KeptCredential"];
export type CredentialType = Schema["CredentialType"];
export type CredentialTypeDetail = Schema["CredentialTypeDetail"];
export type CredentialField = Schema["CredentialField"];

async function fetchAll(): Promise<Credential[]> {
  const all: Credential[] = [];
  let cursor: string | undefined;
  do {
    const page = await take(client.GET("/api/credentials", { params: { query: { limit: 200, cursor } } }));
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return all;
}

export const useCredentials = (enabled = true) => useQuery({ queryKey: ["credentials"], queryFn: fetchAll, enabled });

export const useCredentialTypes = () =>
  useQuery({ queryKey: ["credential-types"], queryFn: async () => (await take(client.GET("/api/credential-types"))).items, staleTime: 10 * 60_000 });

export const useCredentialType = (type: string) =>
  useQuery({ queryKey: ["credential-types", type], queryFn: () => take(client.GET("/api/credential-types/{type}", { params: { path: { type } } })), enabled: type !== "", staleTime: 10 * 60_000 });

export interface CredentialInput {
  /** Of one that is there already. */
  id?: string;
  type: string;
  name: string;
  fields: Record<string, unknown>;
  allowedDomains: string[];
}

function useChange<T, R>(send: (input: T) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: send, onSuccess: () => cache.invalidateQueries({ queryKey: ["credentials"] }) });
}

export const useSaveCredential = () =>
  useChange(({ id, type, ...body }: CredentialInput) =>
    id ? take(client.PUT("/api/credentials/{id}", { params: { path: { id } }, body })) : take(client.POST("/api/credentials", { body: { type, ...body } })),
  );

export const useDeleteCredential = () => useChange(({ id, force }: { id: string; force: boolean }) => take(client.DELETE("/api/credentials/{id}", { params: { path: { id }, query: { force } } })));

export const useTestCredential = () => useChange((id: string) => take(client.POST("/api/credentials/{id}/test", { params: { path: { id } } })));

export const useAuthorize = () => useMutation({ mutationFn: (id: string) => take(client.POST("/api/credentials/{id}/authorize", { params: { path: { id } } })) });
