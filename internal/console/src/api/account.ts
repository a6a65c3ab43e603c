import { useQuery } from "@tanstack/react-query";
import { client, type Schema, take } from "./client";
import { asProblem } from "./problem";

export type Role = "viewer" | "editor" | "owner" | "operator";

/** Who is signed in. An operator belongs to no tenant. */
export interface Caller {
  role: Role;
  account: Schema["Account"] | null;
}

async function fetchCaller(): Promise<Caller> {
  try {
    const account = await take(client.GET("/api/account"));
    return { role: account.role, account };
  } catch (error) {
    // Routes of a tenant refuse an operator's key; those of the platform take it.
    if (asProblem(error).status !== 403) throw error;
    await take(client.GET("/api/admin/plans"));
    return { role: "operator", account: null };
  }
}

export function useCaller() {
  return useQuery({ queryKey: ["caller"], queryFn: fetchCaller, staleTime: 60_000 });
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
