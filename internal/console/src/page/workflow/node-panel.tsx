import { useEffect, useState } from "react";
import { useNodeType, useNodeTypes } from "../../api/nodetype";
import type { Field as ProblemField } from "../../api/problem";
import { Button, CopyButton } from "../../ui/button";
import { TextArea } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { Notice, Skeleton } from "../../ui/state";
import { Tabs } from "../../ui/tabs";
import { iconOf, kindOf, labelOf } from "../../workflow/kind";
import { rewritten } from "../../workflow/edit";
import { parametersOf, unknownParameters } from "../../workflow/parameter";
import { stickyType, type WorkflowNode } from "../../workflow/type";
import { CredentialSelect, credentialTypesOf } from "./credential-select";
import { ParameterField, Tree } from "./parameter";

interface NodePanelProps {
  node: WorkflowNode;
  problems: ProblemField[];
  /** The names that other nodes have. */
  taken: ReadonlySet<string>;
  onClose: () => void;
  /** Without it the node is only looked at. */
  onChange?: (node: WorkflowNode) => void;
  onRemove?: () => void;
}

/** NodePanel shows one node: its parameters as its type names them, and all of it as JSON. */
export function NodePanel({ node, problems, taken, onClose, onChange, onRemove }: NodePanelProps) {
  const [tab, setTab] = useState("parameters");
  const { byType, loaded } = useNodeTypes();
  const known = byType.get(node.type);
  return (
    <aside className="panel" aria-label={`Node ${node.name}`}>
      <header className={`panel-head kind-${kindOf(node.type)}`}>
        <span className="glyph">
          <Icon name={iconOf(node.type)} size={22} />
        </span>
        <div className="grow">
          <h2 className="clip" title={node.name}>
            {node.name}
          </h2>
          <div className="small muted clip" title={node.type}>
            {known?.name ?? labelOf(node.type)}
            {node.typeVersion !== undefined && ` · version ${node.typeVersion}`}
          </div>
        </div>
        <Button look="ghost" small icon="close" aria-label="Close panel" onClick={onClose} />
      </header>
      <div className="panel-body">
        {problems.length > 0 && (
          <Notice tone="bad">
            {problems.map((p, i) => (
              <div key={i}>
                <code className="small">{p.location}</code>
                <div>{p.message}</div>
              </div>
            ))}
          </Notice>
        )}
        {known && node.typeVersion !== undefined && !known.versions.includes(node.typeVersion) && (
          <Notice tone="warn">
            Version {node.typeVersion} of this node cannot run here; {known.versions.length === 1 ? "version" : "versions"} {known.versions.join(", ")} can. A run that reaches it fails there.
          </Notice>
        )}
        {loaded && !known && <Notice tone="warn">This kind of node cannot run here yet. It is kept as it is; a run that reaches it fails there.</Notice>}
        <Tabs
          label="Views of the node"
          current={tab}
          onChange={setTab}
          tabs={[
            { key: "parameters", title: "Parameters", body: () => <Parameters node={node} known={known !== undefined} onChange={onChange} /> },
            { key: "json", title: "JSON", body: () => <NodeJson node={node} taken={taken} onChange={onChange} /> },
          ]}
        />
        {known?.description && <p className="small muted">{known.description}</p>}
        {onChange && (
          <div className="row wrap">
            {node.type !== stickyType && (
              <Button small icon={node.disabled ? "play" : "stop"} onClick={() => onChange({ ...node, disabled: node.disabled ? undefined : true })}>
                {node.disabled ? "Enable" : "Disable"}
              </Button>
            )}
            <Button small look="danger" icon="trash" onClick={onRemove}>
              Remove
            </Button>
          </div>
        )}
      </div>
    </aside>
  );
}

function Parameters({ node, known, onChange }: { node: WorkflowNode; known: boolean; onChange?: (node: WorkflowNode) => void }) {
  const type = useNodeType(node.type, known);
  if (known && type.isPending) return <Skeleton />;
  const shown = type.data ? parametersOf(node, type.data) : [];
  const others = unknownParameters(node, shown);
  const set = onChange && ((name: string, value: unknown) => onChange({ ...node, parameters: { ...node.parameters, [name]: value } }));
  return (
    <div className="stack">
      {shown.map((p) => (
        <ParameterField key={p.name} parameter={p} value={node.parameters?.[p.name]} onChange={set && ((value) => set(p.name, value))} />
      ))}
      {others.map((name) => (
        <ParameterField key={name} parameter={{ name, type: typeof node.parameters?.[name] }} value={node.parameters?.[name]} onChange={set && ((value) => set(name, value))} />
      ))}
      {shown.length + others.length === 0 && <p className="muted">This node has no parameters.</p>}
      {credentialTypesOf(node, type.data?.credentials ?? []).map((name) => (
        <CredentialSelect key={name} node={node} type={name} onChange={onChange} />
      ))}
      {node.notes && <Tree label="Notes" value={node.notes} />}
    </div>
  );
}

function NodeJson({ node, taken, onChange }: Pick<NodePanelProps, "node" | "taken" | "onChange">) {
  const text = JSON.stringify(node, null, 2);
  const [draft, setDraft] = useState(text);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    setDraft(text);
    setWrong(null);
  }, [text]);
  const apply = () => {
    try {
      const next = JSON.parse(draft) as WorkflowNode;
      if (typeof next.name !== "string" || next.name === "" || typeof next.type !== "string") throw new Error('A node needs a "name" and a "type".');
      if (taken.has(next.name)) throw new Error(`Another node has the name "${next.name}".`);
      onChange?.(rewritten(node, next));
      setWrong(null);
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  return (
    <div className="stack tight">
      <TextArea label="The node in n8n's JSON format" mono rows={18} readOnly={!onChange} value={draft} wrong={wrong} onChange={(e) => setDraft(e.target.value)} />
      <div className="row between">
        <CopyButton text={draft} />
        {onChange && (
          <Button small look="main" disabled={draft === text} onClick={apply}>
            Apply
          </Button>
        )}
      </div>
    </div>
  );
}
