import { expect, test } from "vitest";
import { edgesOf, keepEdges, keepNodes, layOut, type NodeState, nodesOf } from "./model";

const names = Array.from({ length: 200 }, (_, i) => `Step ${i}`);
const workflow = {
  nodes: names.map((name, i) => ({ id: `${i}`, name, type: "n8n-nodes-base.noOp", typeVersion: 1, position: [220 * i, 0] as [number, number], parameters: {} })),
  connections: Object.fromEntries(names.slice(0, -1).map((name, i) => [name, { main: [[{ node: names[i + 1]!, type: "main", index: 0 }]] }])),
};
const types = new Map();
const laid = layOut(workflow, types);

/** seen is a run whose first nodes have completed, and the one after them is in a state. */
function seen(completed: number, status: string) {
  const states = new Map<string, NodeState>(names.slice(0, completed).map((name) => [name, { status: "completed", runs: 1, items: 1 }]));
  states.set(names[completed]!, { status, runs: 1, items: null });
  return { nodes: nodesOf(laid, { types, typesLoaded: true, states }), edges: edgesOf(workflow, states) };
}

test("of a run that is watched only the nodes and edges that changed are drawn anew", () => {
  const before = seen(50, "running");
  const after = seen(51, "running"); // one completed, the next one began
  const nodes = keepNodes(before.nodes, after.nodes);
  const edges = keepEdges(before.edges, after.edges);
  expect(nodes.filter((n, i) => n !== before.nodes[i]).map((n) => n.id)).toEqual(["Step 50", "Step 51"]);
  expect(edges.filter((e, i) => e !== before.edges[i]).map((e) => e.target)).toEqual(["Step 51"]);
  expect(nodes.map((n) => n.data)).toEqual(after.nodes.map((n) => n.data));
  expect(edges).toEqual(after.edges);
});

test("a node that moved is another one", () => {
  const moved = { ...workflow, nodes: workflow.nodes.map((n, i) => (i === 3 ? { ...n, position: [0, 500] as [number, number] } : n)) };
  const before = nodesOf(laid, { types, typesLoaded: true });
  const after = nodesOf(layOut(moved, types), { types, typesLoaded: true });
  expect(keepNodes(before, after)[3]!.position).toEqual(after[3]!.position);
  expect(keepNodes(before, after)[3]!.position).not.toEqual(before[3]!.position);
});
