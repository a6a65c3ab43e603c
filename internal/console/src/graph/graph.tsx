import "@xyflow/react/dist/base.css";
import { applyNodeChanges, Background, type Connection, Controls, type Edge, MiniMap, type NodeChange, ReactFlow, ReactFlowProvider } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTheme } from "../style/theme";
import type { Link, Workflow } from "../workflow/type";
import "./graph.css";
import { edgesOf, type GraphNode, nodesOf, type Sight } from "./model";
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
  const drawn = useMemo(() => nodesOf(workflow, { types, typesLoaded, states, problems }), [workflow, types, typesLoaded, states, problems]);
  const edges = useMemo(() => edgesOf(workflow, states), [workflow, states]);
  const [nodes, setNodes] = useState<GraphNode[]>(drawn);
  useEffect(() => setNodes((old) => carryOver(old, drawn, selected)), [drawn, selected]);

  const change = useCallback(
    (changes: NodeChange<GraphNode>[]) => {
      setNodes((now) => applyNodeChanges(changes, now));
    },
    [],
  );
  const dragged = useCallback(
    (_: unknown, __: unknown, moved: GraphNode[]) => {
      editing?.onMove(new Map(moved.map((n) => [n.id, [Math.round(n.position.x), Math.round(n.position.y)]])));
    },
    [editing],
  );
  const select = useCallback(({ nodes: now }: { nodes: { id: string }[] }) => onSelect?.(new Set(now.map((n) => n.id))), [onSelect]);
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
      className="graph"
      aria-label={label}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      onNodesChange={change}
      onNodeDragStop={dragged}
      onSelectionChange={select}
      onConnect={editing ? connect : undefined}
      onDelete={editing ? remove : undefined}
      nodesDraggable={editing !== undefined}
      nodesConnectable={editing !== undefined}
      deleteKeyCode={editing ? ["Delete", "Backspace"] : null}
      fitView
      fitViewOptions={{ padding: 0.18, maxZoom: 1 }}
      minZoom={0.05}
      maxZoom={2}
      onlyRenderVisibleElements={nodes.length > 150}
    >
      <Background gap={20} size={1.4} />
      <Controls showInteractive={false} position="bottom-left" />
      {nodes.length > mapFrom && <MiniMap pannable zoomable ariaLabel="Overview" nodeClassName={(n) => `mini ${n.type ?? ""}`} />}
    </ReactFlow>
  );
}

/** carryOver keeps what the canvas knows of nodes that stay: their measures and selection. */
function carryOver(old: GraphNode[], next: GraphNode[], selected?: ReadonlySet<string>): GraphNode[] {
  const before = new Map(old.map((n) => [n.id, n]));
  return next.map((n): GraphNode => {
    const was = before.get(n.id);
    const isSelected = selected ? selected.has(n.id) : was?.selected;
    return { ...n, ...(was?.measured ? { measured: was.measured } : {}), selected: isSelected ?? false } as GraphNode;
  });
}
