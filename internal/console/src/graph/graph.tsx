import "@xyflow/react/dist/base.css";
import { applyNodeChanges, type Connection, Controls, type Edge, MiniMap, type NodeChange, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTheme } from "../style/theme";
import type { Link, Workflow } from "../workflow/type";
import { Dots } from "./dots";
import "./graph.css";
import { useMotion } from "./motion";
import { edgesOf, type GraphNode, keepEdges, keepNodes, layOut, nodesOf, type Sight } from "./model";
import { Step } from "./step";
import { Sticky } from "./sticky";

const nodeTypes = { step: Step, sticky: Sticky };
const mapFrom = 25;

/** What may be changed on the canvas; without it the graph is only looked at. */
export interface Editing {
  onMove: (to: Map<string, [number, number]>) => void;
  onRemove: (names: ReadonlySet<string>, links: Link[]) => void;
  onConnect: (from: string, type: string, output: number, to: string, input: number) => void;
}

interface GraphProps extends Sight {
  label: string;
  workflow: Workflow;
  selected?: ReadonlySet<string>;
  onSelect?: (names: ReadonlySet<string>) => void;
  editing?: Editing;
}

export function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ label, workflow, types, typesLoaded, states, problems, selected, onSelect, editing }: GraphProps) {
  useTheme();
  const box = useRef<HTMLDivElement>(null);
  const motion = useMotion(box);
  const laid = useMemo(() => layOut(workflow, types), [workflow, types]);
  const drawn = useKept(useMemo(() => nodesOf(laid, { types, typesLoaded, states, problems }), [laid, types, typesLoaded, states, problems]), keepNodes);
  const edges = useKept(useMemo(() => edgesOf(workflow, states), [workflow, states]), keepEdges);
  const [nodes, setNodes] = useState<GraphNode[]>(drawn);
  useEffect(() => setNodes((old) => carryOver(old, drawn, selected)), [drawn, selected]);

  useInSight(selected);
  const latest = useRef(nodes);
  latest.current = nodes;
  const change = useCallback(
    (changes: NodeChange<GraphNode>[]) => {
      const next = applyNodeChanges(changes, latest.current);
      latest.current = next;
      setNodes(next);
      // Only what the person selects comes here, not what is selected from outside.
      if (changes.some((c) => c.type === "select")) onSelect?.(new Set(next.filter((n) => n.selected).map((n) => n.id)));
    },
    [onSelect],
  );
  const dragged = useCallback(
    (_: unknown, __: unknown, moved: GraphNode[]) => {
      editing?.onMove(new Map(moved.map((n) => [n.id, [Math.round(n.position.x), Math.round(n.position.y)]])));
    },
    [editing],
  );
  const connect = useCallback(
    (c: Connection) => {
      const [, type, output] = (c.sourceHandle ?? "").split(":");
      const [, inputType, input] = (c.targetHandle ?? "").split(":");
      if (type && type === inputType) editing?.onConnect(c.source, type, Number(output), c.target, Number(input));
    },
    [editing],
  );
  const remove = useCallback(
    ({ nodes: gone, edges: links }: { nodes: GraphNode[]; edges: Edge[] }) => editing?.onRemove(new Set(gone.map((n) => n.id)), links.map((e) => e.data?.link as Link)),
    [editing],
  );

  return (
    <ReactFlow<GraphNode>
      ref={box}
      className="graph"
      {...motion}
      aria-label={label}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      onNodesChange={change}
      onNodeDragStop={dragged}
      onConnect={editing ? connect : undefined}
      onDelete={editing ? remove : undefined}
      nodesDraggable={editing !== undefined}
      nodesConnectable={editing !== undefined}
      deleteKeyCode={editing ? ["Delete", "Backspace"] : null}
      fitView
      fitViewOptions={{ padding: 0.18, maxZoom: 1 }}
      minZoom={0.05}
      maxZoom={2}
    >
      <Dots />
      <Controls showInteractive={false} position="bottom-left" />
      {nodes.length > mapFrom && <MiniMap pannable zoomable ariaLabel="Overview" nodeClassName={(n) => `mini-${n.type ?? "step"}`} />}
    </ReactFlow>
  );
}

/** useKept is a list in which what did not change is the same object as before. */
function useKept<T>(list: T[], keep: (before: T[], after: T[]) => T[]): T[] {
  const before = useRef(list);
  const kept = useMemo(() => keep(before.current, list), [list, keep]);
  useEffect(() => {
    before.current = kept;
  }, [kept]);
  return kept;
}

/** useInSight moves the canvas when the one selected node is not in sight, as when a panel takes its place. */
function useInSight(selected?: ReadonlySet<string>) {
  const flow = useReactFlow();
  const width = useStore((s) => s.width);
  const height = useStore((s) => s.height);
  useEffect(() => {
    const [name, ...others] = selected ?? [];
    const node = name !== undefined && others.length === 0 ? flow.getNode(name) : undefined;
    if (!node || width === 0) return;
    const { x, y, zoom } = flow.getViewport();
    const left = node.position.x * zoom + x;
    const top = node.position.y * zoom + y;
    const [w, h] = [node.width ?? 0, node.height ?? 0];
    if (left >= 0 && top >= 0 && left + w * zoom <= width && top + h * zoom <= height) return;
    void flow.setCenter(node.position.x + w / 2, node.position.y + h / 2, { zoom: Math.max(zoom, 0.5), duration: 200 });
  }, [flow, selected, width, height]);
}

/** carryOver keeps the selection of nodes that stay. */
function carryOver(old: GraphNode[], next: GraphNode[], selected?: ReadonlySet<string>): GraphNode[] {
  const before = new Map(old.map((n) => [n.id, n]));
  return next.map((n): GraphNode => {
    const was = before.get(n.id);
    const isSelected = (selected ? selected.has(n.id) : was?.selected) ?? false;
    // What was drawn from the same node is the same still: it need not be drawn anew.
    return was && was.data === n.data && was.selected === isSelected ? was : { ...n, selected: isSelected };
  });
}
