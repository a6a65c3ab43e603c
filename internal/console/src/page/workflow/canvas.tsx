import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNodeTypes } from "../../api/nodetype";
import type { Field } from "../../api/problem";
import { Graph } from "../../graph/graph";
import { EmptyState } from "../../ui/state";
import { toast } from "../../ui/toast";
import { connect, copied, disconnect, moveNodes, pasted, removeNodes, replaceNode } from "../../workflow/edit";
import type { Workflow } from "../../workflow/type";
import { NodePanel } from "./node-panel";

interface CanvasProps {
  workflow: Workflow;
  problems: Map<string, Field[]>;
  /** Without it the workflow is only looked at. */
  onChange?: (workflow: Workflow) => void;
}

/** Canvas is a workflow's graph with the panel of the node that is selected. */
export function Canvas({ workflow, problems, onChange }: CanvasProps) {
  const { byType, loaded } = useNodeTypes();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(workflow);
  latest.current = workflow;

  const editing = useMemo(
    () =>
      onChange && {
        onMove: (to: Map<string, [number, number]>) => onChange(moveNodes(latest.current, to)),
        onConnect: (from: string, type: string, output: number, to: string, input: number) => onChange(connect(latest.current, from, type, output, to, input)),
        onRemove: (names: ReadonlySet<string>, links: { from: string; type: string; output: number; to: string; input: number }[]) => {
          const without = links.reduce((w, l) => disconnect(w, l.from, l.type, l.output, l.to, l.input), latest.current);
          onChange(removeNodes(without, names));
        },
      },
    [onChange],
  );
  useClipboard(box, latest, selected, onChange, setSelected);

  const select = useCallback((names: ReadonlySet<string>) => setSelected((old) => (same(old, names) ? old : names)), []);
  const node = selected.size === 1 ? workflow.nodes.find((n) => selected.has(n.name)) : undefined;
  return (
    <div className={node ? "canvas with-panel" : "canvas"} ref={box}>
      <div className="canvas-graph">
        {workflow.nodes.length === 0 ? (
          <EmptyState icon="workflow" title="No nodes yet">
            Copy nodes in n8n and paste them here with Ctrl V, or edit the workflow as JSON.
          </EmptyState>
        ) : (
          <Graph label={`Graph of ${workflow.name ?? "the workflow"}`} workflow={workflow} types={byType} typesLoaded={loaded} problems={problems} selected={selected} onSelect={select} editing={editing} />
        )}
      </div>
      {node && (
        <NodePanel
          key={node.id ?? node.name}
          node={node}
          problems={problems.get(node.name) ?? []}
          taken={new Set(workflow.nodes.filter((n) => n !== node).map((n) => n.name))}
          onClose={() => setSelected(new Set())}
          onChange={onChange && ((next) => {
            onChange(replaceNode(workflow, node.name, next));
            setSelected(new Set([next.name]));
          })}
          onRemove={() => {
            onChange?.(removeNodes(workflow, selected));
            setSelected(new Set());
          }}
        />
      )}
    </div>
  );
}

function same(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((x) => b.has(x));
}

/** useClipboard copies the selected nodes as n8n does, and takes what n8n copied. */
function useClipboard(
  box: React.RefObject<HTMLElement | null>,
  latest: React.RefObject<Workflow>,
  selected: ReadonlySet<string>,
  onChange: ((w: Workflow) => void) | undefined,
  onSelect: (names: ReadonlySet<string>) => void,
) {
  useEffect(() => {
    const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "") || document.querySelector("dialog[open]") !== null;
    const copy = (e: ClipboardEvent) => {
      if (typing() || selected.size === 0 || getSelection()?.toString()) return;
      e.clipboardData?.setData("text/plain", copied(latest.current, selected));
      e.preventDefault();
      toast(`${selected.size} copied: paste them here or in n8n.`);
    };
    const paste = (e: ClipboardEvent) => {
      const text = e.clipboardData?.getData("text/plain") ?? "";
      if (typing() || !onChange || !text.trimStart().startsWith("{")) return;
      try {
        const { workflow, names } = pasted(latest.current, text);
        onChange(workflow);
        onSelect(new Set(names));
        toast(`${names.length} pasted. Save to keep them.`);
      } catch (error) {
        toast(`This cannot be pasted: ${(error as Error).message}`, "bad");
      }
    };
    document.addEventListener("copy", copy);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("paste", paste);
    };
  }, [box, latest, selected, onChange, onSelect]);
}
