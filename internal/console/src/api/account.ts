import { useQuery } from "@tanstack/react-query";
import { client, type Schema, take } from "./client";

/** Who is signed in. An operator belongs to no tenant, and has no account. */
export type Caller = Schema["Caller"];
export type Role = Caller["role"];

export function useCaller() {
  return useQuery({ queryKey: ["caller"], queryFn: () => take(client.GET("/api/caller")), staleTime: 60_000 });
}

const ranks: Record<Role, number> = { viewer: 0, editor: 1, owner: 2, operator: 3 };

export function allows(has: Role, needs: Exclude<Role, "operator">): boolean {
  return has !== "operator" && ranks[has] >= ranks[needs];
}

/** useCan tells whether the caller has at least the role. The API refuses the rest anyway. */
export function useCan(role: Exclude<Role, "operator">): boolean {
  const caller = useCaller().data;
  return caller !== undefined && allows(caller.role, role);
}
