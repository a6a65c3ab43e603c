import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "./client";

/** A credential without its secrets: they go in and never come out. */
export interface Credential {
  id: string;
  type: string;
  name: string;
  fields: Record<string, string>;
  secrets: string[];
  allowedDomains: string[];
  typeDomains: string[];
  token?: { connected: boolean; expiresAt?: string; problem?: string };
  createdAt: string;
  updatedAt: string;
  lastUsed?: string;
}

export interface CredentialType {
  type: string;
  name: string;
  docs?: string;
  http: boolean;
  authorize: boolean;
  testable: boolean;
  domains: string[];
}

export interface CredentialField {
  name: string;
  label: string;
  type: "string" | "number" | "boolean" | "json" | "options";
  secret: boolean;
  required: boolean;
  default?: string;
  options?: string[];
  show?: Record<string, string[]>;
  help?: string;
}

export interface CredentialTypeDetail extends CredentialType {
  fields: CredentialField[];
}

export interface Proof {
  ok: boolean;
  status?: number;
  message: string;
}

interface List<T> {
  items: T[];
  nextCursor: string | null;
}

async function fetchAll<T>(path: string): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const page: List<T> = await call("GET", `${path}?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

export const useCredentials = (enabled = true) => useQuery({ queryKey: ["credentials"], queryFn: () => fetchAll<Credential>("/api/credentials"), enabled });

export const useCredentialTypes = () =>
  useQuery({ queryKey: ["credential-types"], queryFn: async () => (await call<List<CredentialType>>("GET", "/api/credential-types")).items, staleTime: 10 * 60_000 });

export const useCredentialType = (type: string) =>
  useQuery({ queryKey: ["credential-types", type], queryFn: () => call<CredentialTypeDetail>("GET", `/api/credential-types/${encodeURIComponent(type)}`), enabled: type !== "", staleTime: 10 * 60_000 });

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
  useChange(({ id, type, ...body }: CredentialInput) => (id ? call<Credential>("PUT", `/api/credentials/${id}`, body) : call<Credential>("POST", "/api/credentials", { type, ...body })));

export const useDeleteCredential = () => useChange(({ id, force }: { id: string; force: boolean }) => call<void>("DELETE", `/api/credentials/${id}${force ? "?force=true" : ""}`));

export const useTestCredential = () => useChange((id: string) => call<Proof>("POST", `/api/credentials/${id}/test`));

export const useAuthorize = () => useMutation({ mutationFn: (id: string) => call<{ url: string; redirectUrl: string }>("POST", `/api/credentials/${id}/authorize`) });
