import { Handle, type NodeProps, Position, useStoreApi } from "@xyflow/react";
import { Fragment, memo, useEffect, useRef } from "react";
import { compact } from "../text/number";
import { Icon } from "../ui/icon";
import { statusText } from "../ui/state";
import { portId } from "../workflow/graph";
import type { StepNode } from "./model";

function offset(i: number, n: number): string {
  return `${((i + 1) / (n + 1)) * 100}%`;
}

/** Step is one node on the canvas. */
export const Step = memo(function Step({ id, data, selected }: NodeProps<StepNode>) {
  const { placed, state } = data;
  const { node, shape } = placed;
  // The canvas measures ports once. Those that come later (the catalogue was loaded, a
  // connection was made) have to be measured too, or nothing can be connected to them.
  // The library's own way looks for the node by its id in a selector, which the quotes in a name break.
  const store = useStoreApi();
  const drawn = useRef<HTMLDivElement>(null);
  const ports = [placed.inputs.length, placed.outputs.length, placed.parts.length, placed.height].join();
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const nodeElement = drawn.current?.closest<HTMLDivElement>(".react-flow__node");
      if (nodeElement) store.getState().updateNodeInternals(new Map([[id, { id, nodeElement, force: true }]]));
    });
    return () => cancelAnimationFrame(frame);
  }, [store, id, ports]);
  const classes = ["step", shape, `kind-${data.kind}`, state && `is-${state.status}`, selected && "selected", node.disabled && "disabled", data.unsupported && "unsupported"];
  return (
    <div className={classes.filter(Boolean).join(" ")} ref={drawn}>
      {placed.inputs.map((p, i) => (
        <Handle key={p.id} id={p.id} type="target" position={Position.Left} style={{ top: offset(i, placed.inputs.length) }} />
      ))}
      {placed.isPart && <Handle id={portId("out", placed.isPart, 0)} type="source" position={Position.Top} />}
      <span className="glyph">
        <Icon name={data.icon} size={shape === "round" ? 28 : 34} />
      </span>
      <div className="name" title={`${node.name} (${data.title})`}>
        <span>{node.name}</span>
        {shape !== "round" && data.title !== node.name && <small>{data.title}</small>}
      </div>
      <Marks data={data} />
      {placed.outputs.map((p, i) => (
        <Fragment key={p.id}>
          <Handle id={p.id} type="source" position={Position.Right} style={{ top: offset(i, placed.outputs.length) }} />
          {p.label && (
            <span className="port" style={{ top: offset(i, placed.outputs.length) }}>
              {p.label}
            </span>
          )}
        </Fragment>
      ))}
      {placed.parts.map((p, i) => (
        <Fragment key={p.id}>
          <Handle id={p.id} type="target" position={Position.Bottom} style={{ left: offset(i, placed.parts.length) }} />
          <span className="port below" style={{ left: offset(i, placed.parts.length) }}>
            {p.label}
          </span>
        </Fragment>
      ))}
    </div>
  );
});

/** Marks are the small signs at a node's corners: what a run did there, and what is wrong with it. */
function Marks({ data }: { data: StepNode["data"] }) {
  const { state, placed } = data;
  return (
    <>
      {state && state.status !== "pending" && (
        <span className="mark" title={statusText(state.status)}>
          {state.status === "running" ? <span className="spin" /> : <Icon name={state.status === "failed" ? "warn" : state.status === "completed" ? "check" : "forward"} size={13} />}
          {state.items !== null && state.status === "completed" && <span className="num">{compact(state.items)}</span>}
          {state.runs > 1 && <span className="num">×{state.runs}</span>}
        </span>
      )}
      {data.problems > 0 && (
        <span className="mark wrong" title="The platform refused this node">
          <Icon name="warn" size={13} />
          {data.problems}
        </span>
      )}
      {data.unsupported && (
        <span className="mark corner" title="This kind of node, or this version of it, cannot run here">
          <Icon name="info" size={13} />
        </span>
      )}
      {placed.node.disabled && <span className="mark corner">off</span>}
    </>
  );
}
