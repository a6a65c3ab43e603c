import { useState } from "react";
import { useSearchParams } from "wouter";
import { useCan } from "../../api/account";
import { type ExecutionFilter, statuses, type Status, useExecutions } from "../../api/execution";
import { useWorkflowNames } from "../../api/workflow";
import { BareSelect } from "../../ui/field";
import { Badge, EmptyState, statusText } from "../../ui/state";
import { BulkBar } from "./bulk";
import "./executions.css";
import { ExecutionList } from "./list";
import { sinceHours, spans } from "./span";

export default function Executions() {
  const [query, setQuery] = useSearchParams();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const names = useWorkflowNames();
  const mayEdit = useCan("editor");
  const set = (name: string, value: string) => {
    setChosen(new Set());
    setQuery(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  };
  const filter = filterOf(query);
  const list = useExecutions(filter);
  const filtered = Object.values(filter).some(Boolean);
  const empty = (
    <EmptyState icon="runs" title={filtered ? "No run matches the filters" : "Nothing has run yet"}>
      {filtered ? "Take a filter away to see more." : "Open a workflow and press Run, or activate it so that its triggers start it."}
    </EmptyState>
  );
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Executions</h1>
          <p className="lead">Every run of your workflows, newest first.</p>
        </div>
        {list.live && <Badge tone="ok">live</Badge>}
      </header>
      <div className="filters">
        <BareSelect label="Status" value={query.get("status") ?? ""} onChange={(e) => set("status", e.target.value)} choices={[{ value: "", label: "Any status" }, ...statuses.map((s) => ({ value: s, label: statusText(s) }))]} />
        <BareSelect label="Workflow" value={query.get("workflow") ?? ""} onChange={(e) => set("workflow", e.target.value)} choices={[{ value: "", label: "Any workflow" }, ...[...names].map(([value, label]) => ({ value, label }))]} />
        <BareSelect label="Time" value={query.get("hours") ?? ""} onChange={(e) => set("hours", e.target.value)} choices={spans} />
      </div>
      {mayEdit && chosen.size > 0 && <BulkBar chosen={list.items.filter((e) => chosen.has(e.id))} onDone={() => setChosen(new Set())} />}
      <div className="card">
        <ExecutionList list={list} empty={empty} height="calc(100dvh - 240px)" selection={mayEdit ? { chosen, onChange: setChosen } : undefined} />
      </div>
    </div>
  );
}

function filterOf(query: URLSearchParams): ExecutionFilter {
  const hours = Number(query.get("hours"));
  const status = query.get("status") as Status | null;
  return {
    status: status && statuses.includes(status) ? status : undefined,
    workflowId: query.get("workflow") || undefined,
    since: hours > 0 ? sinceHours(hours) : undefined,
  };
}
