import { type ReactNode, useState } from "react";
import type { ExecutionDetail, NodeRow } from "../api/execution";
import { adviceOf } from "../text/advice";
import { bytes, count, money } from "../text/number";
import { duration, fullTime } from "../text/time";
import { Button } from "../ui/button";
import { BareSelect } from "../ui/field";
import { Icon } from "../ui/icon";
import { EmptyState, Status } from "../ui/state";
import { Tabs } from "../ui/tabs";
import { Elapsed } from "../ui/time";
import { iconOf, kindOf, labelOf } from "../workflow/kind";
import type { Workflow } from "../workflow/type";
import { Items } from "./items";
import { outputsOf, sourcesOf } from "./state";
import type { Chosen } from "./timeline";

interface NodeRunProps {
  execution: ExecutionDetail;
  workflow: Workflow | undefined;
  chosen: Chosen;
  outputNames: string[];
  /** What the catalogue calls the node's type. */
  typeName?: string;
  onChoose: (chosen: Chosen) => void;
  onClose: () => void;
  onRetryFrom?: () => void;
}

/** NodeRunPanel shows what one run of a node got, gave and cost. */
export function NodeRunPanel({ execution, workflow, chosen, outputNames, typeName, onChoose, onClose, onRetryFrom }: NodeRunProps) {
  const [tab, setTab] = useState("output");
  const runs = execution.nodes.filter((n) => n.name === chosen.name);
  const row = runs.find((r) => r.runIndex === chosen.run) ?? runs.at(-1);
  const type = row?.type ?? workflow?.nodes.find((n) => n.name === chosen.name)?.type ?? "";
  return (
    <aside className="panel" aria-label={`Run of ${chosen.name}`}>
      <header className={`panel-head kind-${kindOf(type)}`}>
        <span className="glyph">
          <Icon name={iconOf(type)} size={22} />
        </span>
        <div className="grow">
          <h2 className="clip" title={chosen.name}>
            {chosen.name}
          </h2>
          <div className="small muted clip">{typeName ?? labelOf(type)}</div>
        </div>
        <Button look="ghost" small icon="close" aria-label="Close panel" onClick={onClose} />
      </header>
      <div className="panel-body">
        {!row ? (
          <EmptyState icon="forward" title="It did not run">
            The run has not come to this node, or no items led to it.
          </EmptyState>
        ) : (
          <>
            <div className="row wrap between">
              <Status value={row.status} />
              {runs.length > 1 && (
                <BareSelect label="Which run of the node" value={String(row.runIndex)} choices={runs.map((r) => ({ value: String(r.runIndex), label: `Run ${r.runIndex + 1} of ${runs.length}` }))} onChange={(e) => onChoose({ name: chosen.name, run: Number(e.target.value) })} />
              )}
              {onRetryFrom && (
                <Button small icon="retry" onClick={onRetryFrom}>
                  Retry from here
                </Button>
              )}
            </div>
            {row.error && !saidAbove(execution, row) && <Failed row={row} />}
            <Tabs
              label="Views of the node's run"
              current={tab}
              onChange={setTab}
              tabs={[
                { key: "output", title: "Output", n: row.outputItems, body: () => <Output execution={execution.id} row={row} n={outputsOf(workflow, row.name, outputNames.length)} names={outputNames} /> },
                { key: "input", title: "Input", n: row.inputItems, body: () => <Input execution={execution} workflow={workflow} row={row} /> },
                { key: "details", title: "Details", body: () => <Details row={row} /> },
              ]}
            />
          </>
        )}
      </div>
    </aside>
  );
}

/** saidAbove: the page says already why the run failed; the panel does not say it twice. */
function saidAbove(execution: ExecutionDetail, row: NodeRow): boolean {
  return execution.error?.nodeId === row.nodeId && execution.error.message === row.error?.message;
}

function Failed({ row }: { row: NodeRow }) {
  const error = row.error!;
  const where = [error.item !== undefined && `item ${error.item}`, error.line && `line ${error.line}`].filter(Boolean).join(", ");
  return (
    <div className="failure">
      <Icon name="warn" />
      <div className="grow">
        <strong>{adviceOf(error.code).title}</strong>
        {where && <span className="muted"> ({where})</span>}
        <div className="said">{error.detail && error.detail !== error.message ? `${error.message}\n\n${error.detail}` : error.message}</div>
        {row.retryAt && <div className="small">Tried again at {fullTime(row.retryAt)}.</div>}
      </div>
    </div>
  );
}

function Output({ execution, row, n, names }: { execution: string; row: NodeRow; n: number; names: string[] }) {
  const [output, setOutput] = useState(0);
  if (row.status === "running" || row.status === "pending") {
    return (
      <EmptyState icon="clock" title="It runs">
        Its items are shown when it has ended.
      </EmptyState>
    );
  }
  if (row.status !== "completed" && row.outputItems === 0) {
    return (
      <EmptyState icon="table" title="No items">
        It gave nothing because it did not complete.
      </EmptyState>
    );
  }
  const choices = Array.from({ length: n }, (_, i) => ({ value: String(i), label: `Output: ${names[i] ?? i}` }));
  return (
    <div className="stack tight">
      {n > 1 && <BareSelect label="Which output" choices={choices} value={String(output)} onChange={(e) => setOutput(Number(e.target.value))} />}
      <Items key={output} label={`Output of ${row.name}`} at={{ execution, node: row.name, run: row.runIndex, output }} />
    </div>
  );
}

function Input({ execution, workflow, row }: { execution: ExecutionDetail; workflow: Workflow | undefined; row: NodeRow }) {
  const sources = workflow ? sourcesOf(workflow, execution.nodes, row.name, row.runIndex) : [];
  const [chosen, setChosen] = useState(0);
  const source = sources[chosen] ?? sources[0];
  if (!source) {
    return (
      <EmptyState icon="bolt" title="It starts the run">
        No node leads to it: what the run was started with is its output.
      </EmptyState>
    );
  }
  const choices = sources.map((s, i) => ({ value: String(i), label: `From ${s.node}${s.output > 0 ? `, output ${s.output}` : ""}` }));
  return (
    <div className="stack tight">
      {sources.length > 1 ? <BareSelect label="From which node" choices={choices} value={String(chosen)} onChange={(e) => setChosen(Number(e.target.value))} /> : <span className="small muted">From {source.node}</span>}
      <Items key={chosen} label={`Input of ${row.name}`} at={{ execution: execution.id, ...source }} />
    </div>
  );
}

function Details({ row }: { row: NodeRow }) {
  const t = row.tokenUsage;
  const open = row.status === "running" || row.status === "pending";
  const facts: [string, ReactNode][] = [
    ["Started", row.startedAt && fullTime(row.startedAt)],
    ["Runs for", row.status === "running" && row.startedAt && <Elapsed since={row.startedAt} />],
    ["Took", !open && duration(row.durationMs)],
    ["Attempts", String(row.attempts)],
    ["Items in", !open && `${count(row.inputItems)} (${bytes(row.inputSize)})`],
    ["Items out", !open && `${count(row.outputItems)} (${bytes(row.outputSize)})`],
    ["Model", t?.model],
    ["Tokens", t && `${count(t.prompt)} in, ${count(t.completion)} out${t.cached ? `, ${count(t.cached)} cached` : ""}`],
    ["Cost", row.costUsd > 0 ? money(row.costUsd) : undefined],
    ["Pinned", row.pinned ? "Its items came from pinned data" : undefined],
    ["Type", row.type],
  ];
  return (
    <div className="stack">
      <table className="table-plain">
        <tbody>
          {facts.filter(([, value]) => value).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {row.logs && row.logs.length > 0 && (
        <section aria-label="What the code printed">
          <h3>Printed by the code</h3>
          <pre className="answer">{row.logs.join("\n")}</pre>
        </section>
      )}
    </div>
  );
}
