import { expect, test } from "vitest";
import { connect, copied, disconnect, pasted, removeNodes, replaceNode, rewritten } from "./edit";
import { difference } from "./diff";
import { readWorkflows, batches } from "./import";
import { nodeAt, problemsByNode } from "./problem";
import { linksOf, type Workflow } from "./type";

const w: Workflow = {
  name: "W",
  version: 3,
  nodes: [
    { id: "1", name: "A", type: "t", position: [0, 0], parameters: { deep: { list: [1, 2] } } },
    { id: "2", name: "B", type: "t", position: [200, 0] },
    { id: "3", name: "C", type: "t", position: [400, 0] },
  ],
  connections: { A: { main: [[{ node: "B", type: "main", index: 0 }]] }, B: { main: [[{ node: "C", type: "main", index: 0 }]] } },
};
const lines = (x: Workflow) => linksOf(x).map((l) => `${l.from}>${l.to}`);

test("a node that is renamed keeps its connections", () => {
  expect(lines(replaceNode(w, "B", { ...w.nodes[1]!, name: "Bee" }))).toEqual(["A>Bee", "Bee>C"]);
});

test("a node that is removed takes its connections with it, and the old workflow stays", () => {
  const without = removeNodes(w, new Set(["B"]));
  expect(without.nodes.map((n) => n.name)).toEqual(["A", "C"]);
  expect(lines(without)).toEqual([]);
  expect(lines(w)).toHaveLength(2);
});

test("a connection is made once, and taken away", () => {
  const more = connect(w, "A", "main", 1, "C", 0);
  expect(lines(more)).toEqual(["A>B", "A>C", "B>C"]);
  expect(connect(more, "A", "main", 1, "C", 0)).toBe(more);
  expect(lines(disconnect(more, "A", "main", 0, "B", 0))).toEqual(["A>C", "B>C"]);
});

test("what is copied is n8n's clipboard, and pastes with new names and ids below", () => {
  const text = copied(w, new Set(["A", "B"]));
  expect(JSON.parse(text).nodes).toHaveLength(2);
  const { workflow, names } = pasted(w, text);
  expect(names).toEqual(["A1", "B1"]);
  expect(lines(workflow)).toContain("A1>B1");
  expect(workflow.nodes.filter((n) => n.id === "1")).toHaveLength(1);
  expect(workflow.nodes.at(-1)!.position![1]).toBeGreaterThan(0);
});

test("a workflow in which two nodes have one name is not taken: connections could not tell them apart", () => {
  expect(() => pasted(w, '{"nodes":[{"name":"N","type":"t"},{"name":"N","type":"t"}]}')).toThrow(/Two nodes/);
});

test("a paste that is no workflow says why", () => {
  expect(() => pasted(w, "{}")).toThrow(/nodes/);
});

test("two versions differ by what the author changed, not by places", () => {
  const after: Workflow = {
    ...w,
    nodes: [
      { ...w.nodes[0]!, position: [9, 9], parameters: { deep: { list: [1, 3] } } },
      { ...w.nodes[1]!, name: "Bee" },
      { id: "4", name: "D", type: "t" },
    ],
    connections: { A: { main: [[{ node: "D", type: "main", index: 0 }]] } },
  };
  const found = difference(w, after);
  expect(found.nodes.map((n) => [n.what, n.name, n.was])).toEqual([["changed", "A", undefined], ["changed", "Bee", "B"], ["added", "D", undefined], ["removed", "C", undefined]]);
  expect(found.nodes[0]!.changes).toEqual([{ path: "parameters.deep.list.1", before: 2, after: 3 }]);
  expect(found.linksAdded.map((l) => l.to)).toEqual(["D"]);
  expect(found.linksRemoved).toHaveLength(2);
  expect(difference(w, { ...w, nodes: w.nodes.map((n) => ({ ...n, position: [1, 1] as [number, number] })) }).nodes).toEqual([]);
});

test("fields of a problem belong to nodes", () => {
  expect(nodeAt(w, "nodes[1].parameters.url")).toBe("B");
  expect(nodeAt(w, "body.nodes[0].name")).toBe("A");
  expect(nodeAt(w, 'connections["C"].main[0][0].node')).toBe("C");
  expect(nodeAt(w, "settings.timezone")).toBe("");
  expect([...problemsByNode(w, [{ location: "nodes[0].a", message: "x" }, { location: "nodes[0].b", message: "y" }]).keys()]).toEqual(["A"]);
});

test("files of one, of many and in n8n's wrappers are read; names come from files", () => {
  expect(readWorkflows('{"nodes":[]}', "mine.json")).toEqual([{ workflow: { nodes: [], name: "mine" }, from: "mine.json" }]);
  expect(readWorkflows('[{"name":"a"},{"name":"b"}]', "f.json").map((r) => r.from)).toEqual(["f.json [0]", "f.json [1]"]);
  expect(readWorkflows('{"data":[{"name":"a"}]}', "f.json")).toHaveLength(1);
  expect(() => readWorkflows("{", "f.json")).toThrow(/f\.json is no JSON/);
});

test("an import is split so that no request is larger than the API takes", () => {
  const big = { workflow: { text: "x".repeat(2 * 1024 * 1024) }, from: "big" };
  expect(batches([big, big, big]).map((b) => b.body.length)).toEqual([1, 1, 1]);
  expect(batches([{ workflow: {}, from: "a" }, { workflow: {}, from: "b" }])).toHaveLength(1);
});

test("a node that is written anew keeps its place and its id if they were left out", () => {
  const old = { id: "1", name: "A", type: "t", position: [10, 20] as [number, number], parameters: { a: 1 } };
  expect(rewritten(old, { name: "B", type: "t" })).toEqual({ id: "1", name: "B", type: "t", position: [10, 20] });
  expect(rewritten(old, { name: "A", type: "t", position: [1, 2] }).position).toEqual([1, 2]);
});
