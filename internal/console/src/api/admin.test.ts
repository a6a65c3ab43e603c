import { expect, test, vi } from "vitest";
import type { Tenant, TenantEdit } from "./admin";

vi.stubGlobal("location", { origin: "http://console.invalid" });
const { edited, undoing } = await import("./admin");

const tenant: Tenant = { id: "tnt_1", name: "Acme", plan: "PRO", suspended: false, timezone: "UTC", limits: { aiTokens: 5 }, createdAt: "2026-01-01T00:00:00.000Z" };

test.each<[TenantEdit, Partial<Tenant>]>([
  [{ plan: "FREE" }, { plan: "FREE" }],
  [{ suspended: true }, { suspended: true }],
  [{ limit: "maxConcurrent", to: 2 }, { limits: { aiTokens: 5, maxConcurrent: 2 } }],
  [{ limit: "aiTokens", to: null }, { limits: {} }],
])("%j changes that alone, and can be taken back", (edit, changed) => {
  const after = edited(tenant, edit);
  expect(after).toEqual({ ...tenant, ...changed });
  expect(edited(after, undoing(tenant, edit))).toEqual(tenant);
});

test("a change that is taken back leaves a later one of another limit", () => {
  const first: TenantEdit = { limit: "maxConcurrent", to: 900 };
  const undo = undoing(tenant, first);
  const both = edited(edited(tenant, first), { limit: "maxQueued", to: 7 });
  expect(edited(both, undo).limits).toEqual({ aiTokens: 5, maxQueued: 7 });
});
