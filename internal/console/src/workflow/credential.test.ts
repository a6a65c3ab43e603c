import { expect, test } from "vitest";
import { missingOf } from "./credential";

const node = (name: string, credentials?: Record<string, unknown>, disabled?: boolean) => ({ name, type: "n8n-nodes-base.slack", credentials, disabled });

test("what nodes name and the tenant does not have is missing, once for each credential", () => {
  const kept = [{ id: "crd_1", type: "slackApi", name: "Team" }];
  const nodes = [
    node("By id", { slackApi: { id: "crd_1", name: "renamed since" } }),
    node("By name", { slackApi: { id: "7", name: "Team" } }),
    node("Old form", { slackApi: "Team" }),
    node("A", { slackApi: { id: "8", name: "Sales" } }),
    node("B", { slackApi: { id: "8", name: "Sales" }, httpHeaderAuth: { name: "Team" } }),
    node("Off", { gmailOAuth2: { name: "Mail" } }, true),
    node("None"),
  ];
  expect(missingOf({ nodes, connections: {} }, kept)).toEqual([
    { type: "slackApi", name: "Sales", nodes: ["A", "B"] },
    { type: "httpHeaderAuth", name: "Team", nodes: ["B"] },
  ]);
});
