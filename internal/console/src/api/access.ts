import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, type Schema, take } from "./client";

export type Key = Schema["Key"];
export type Member = Schema["Member"];
export type MemberRole = Member["role"];

/** roles are what a person or a key may be, with what each may do. */
export const roles: { value: MemberRole; label: string; may: string }[] = [
  { value: "viewer", label: "Viewer", may: "sees workflows, runs and usage" },
  { value: "editor", label: "Editor", may: "also changes and runs workflows" },
  { value: "owner", label: "Owner", may: "also manages keys, members and credentials' owners" },
];

function useChange<T, R>(key: string, send: (input: T) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: send, onSuccess: () => cache.invalidateQueries({ queryKey: [key] }) });
}

export const useKeys = () => useQuery({ queryKey: ["keys"], queryFn: () => take(client.GET("/api/keys")) });
export const useMakeKey = () => useChange("keys", (body: Schema["KeyRequest"]) => take(client.POST("/api/keys", { body })));
export const useLimitKey = () =>
  useChange("keys", ({ id, requestsPerMinute }: { id: string; requestsPerMinute: number | null }) => take(client.PUT("/api/keys/{id}/rate", { params: { path: { id } }, body: { requestsPerMinute } })));
export const useEndKey = () => useChange("keys", (id: string) => take(client.DELETE("/api/keys/{id}", { params: { path: { id } } })));

export const useMembers = () => useQuery({ queryKey: ["members"], queryFn: () => take(client.GET("/api/members")) });
export const useAddMember = () => useChange("members", (body: Schema["MemberRequest"]) => take(client.POST("/api/members", { body })));
export const useSetRole = () => useChange("members", ({ id, role }: { id: string; role: MemberRole }) => take(client.PUT("/api/members/{id}", { params: { path: { id } }, body: { role } })));
export const useEndMember = () => useChange("members", (id: string) => take(client.DELETE("/api/members/{id}", { params: { path: { id } } })));
