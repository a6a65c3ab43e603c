import { expect, test } from "vitest";
import { place } from "./graph";
import { linksOf, stickyType, type Workflow } from "./type";

const agent: Workflow = {
  nodes: [
    { name: "Chat", type: "@n8n/n8n-nodes-langchain.chatTrigger", position: [0, 0] },
    { name: "Agent", type: "@n8n/n8n-nodes-langchain.agent", position: [220, 0] },
    { name: "Model", type: "@n8n/n8n-nodes-langchain.lmChatOpenAi", position: [200, 200] },
    { name: "Tool", type: "@n8n/n8n-nodes-langchain.toolCalculator", position: [320, 200] },
    { name: "Note", type: stickyType, position: [0, 300], parameters: { width: 400, height: 1e9 } },
  ],
  connections: {
    Chat: { main: [[{ node: "Agent", type: "main", index: 0 }]] },
    Tool: { ai_tool: [[{ node: "Agent", type: "ai_tool", index: 0 }]] },
    Model: { ai_languageModel: [[{ node: "Agent", type: "ai_languageModel", index: 0 }]] },
  },
};
const info = (type: string) => (type.endsWith("agent") ? { inputs: ["main"], outputs: ["main"] } : type.endsWith("Trigger") ? { inputs: [], outputs: ["main"] } : undefined);

function placed(w: Workflow, name: string, types = info) {
  const found = place(w, types).find((p) => p.node.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

test("an agent is wide, its parts hang below in n8n's order, and parts are round", () => {
  expect(placed(agent, "Agent")).toMatchObject({ x: 220, y: 0, shape: "wide", isPart: null });
  expect(placed(agent, "Agent").parts.map((p) => p.label)).toEqual(["Model", "Tool"]);
  expect(placed(agent, "Model")).toMatchObject({ shape: "round", isPart: "ai_languageModel", inputs: [], outputs: [] });
});

test("a note has the size of its parameters, within bounds", () => {
  expect(placed(agent, "Note")).toMatchObject({ shape: "sticky", width: 400, height: 8000 });
});

test("a node has at least as many ports as connections use", () => {
  const w: Workflow = {
    nodes: [
      { name: "A", type: "x.unknown", position: [0, 0] },
      { name: "B", type: "x.unknown", position: [200, 0] },
    ],
    connections: { A: { main: [null, [], [{ node: "B", type: "main", index: 1 }]] } },
  };
  expect(placed(w, "A").outputs.map((p) => p.id)).toEqual(["out:main:0", "out:main:1", "out:main:2"]);
  expect(placed(w, "B").inputs).toHaveLength(2);
});

test("a switch names its outputs by its rules, and an error output comes last", () => {
  const node = { name: "S", type: "n8n-nodes-base.switch", position: [0, 0] as [number, number], onError: "continueErrorOutput", parameters: { rules: { values: [{ outputKey: "big" }, {}] } } };
  expect(placed({ nodes: [node], connections: {} }, "S").outputs.map((p) => p.label)).toEqual(["big", "1", "error"]);
});

test("nodes without places stand in columns, loops too", () => {
  const w: Workflow = {
    nodes: ["A", "B", "C"].map((name) => ({ name, type: "x.y" })),
    connections: {
      A: { main: [[{ node: "B", type: "main", index: 0 }]] },
      B: { main: [[{ node: "C", type: "main", index: 0 }]] },
      C: { main: [[{ node: "B", type: "main", index: 0 }]] },
    },
  };
  const at = place(w, () => undefined);
  expect(at[0]!.x).toBeLessThan(at[1]!.x);
  expect(new Set(at.map((p) => `${p.x},${p.y}`)).size).toBe(3);
});

test("connections to nodes that do not exist are left out", () => {
  expect(linksOf({ nodes: [{ name: "A", type: "t" }], connections: { A: { main: [[{ node: "Z", type: "main", index: 0 }]] }, Q: { main: [[{ node: "A", type: "main", index: 0 }]] } } })).toEqual([]);
});
