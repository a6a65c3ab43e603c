import { useState } from "react";
import { useSearchParams } from "wouter";
import { type AdminAction, type AdminExecution, useActOn, useAdminExecutions, useTenantNames } from "../../api/admin";
import { isOpen, statuses } from "../../api/execution";
import { money } from "../../text/number";
import { duration } from "../../text/time";
import { Button } from "../../ui/button";
import { useDebounced } from "../../ui/debounce";
import { Confirm } from "../../ui/dialog";
import { BareSelect, SearchBox } from "../../ui/field";
import { EmptyState, Loaded, Status, statusText } from "../../ui/state";
import { type Column, Table } from "../../ui/table";
import { Ago, Elapsed } from "../../ui/time";
import { toast } from "../../ui/toast";
import { BulkDialog } from "./bulk";
import "../executions/executions.css";

interface Asked {
  action: AdminAction;
  run: AdminExecution;
}

/** What is said once it has been done. */
const done: Record<AdminAction, string> = { resume: "It goes on from where it failed.", retry: "A new run has been queued.", cancel: "Cancelled: nothing new starts." };

/** AdminExecutions are the runs of all tenants: found by their error, and acted on. */
export default function AdminExecutions() {
  const [query, setQuery] = useSearchParams();
  const [error, setError] = useState(query.get("error") ?? "");
  const [asking, setAsking] = useState<Asked | null>(null);
  const [bulk, setBulk] = useState(false);
  const filter = { tenant: query.get("tenant") ?? undefined, status: query.get("status") ?? undefined, error: useDebounced(error.trim(), 300) || undefined };
  const list = useAdminExecutions(filter);
  const names = useTenantNames();
  const set = (name: string, value: string) =>
    setQuery(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Executions of all tenants</h1>
          <p className="lead">Find a failure by its text or code, see what runs, and act on it.</p>
        </div>
        <Button icon="filter" onClick={() => setBulk(true)}>
          Act on all that match
        </Button>
      </header>
      <div className="filters">
        <SearchBox label="Error text or code" placeholder="Error text or code" value={error} onChange={(e) => (setError(e.target.value), set("error", e.target.value.trim()))} />
        <SearchBox label="Tenant" placeholder="Tenant ID" value={filter.tenant ?? ""} onChange={(e) => set("tenant", e.target.value.trim())} />
        <BareSelect label="Status" value={filter.status ?? ""} onChange={(e) => set("status", e.target.value)} choices={[{ value: "", label: "Any status" }, ...statuses.map((s) => ({ value: s, label: statusText(s) }))]} />
      </div>
      <div className="card">
        <Loaded of={list} lines={8}>
          {() =>
            list.items.length === 0 ? (
              <EmptyState icon="runs" title="No run matches">
                Take a filter away to see more.
              </EmptyState>
            ) : (
              <Table label="Executions of all tenants" rows={list.items} columns={columns(names, setAsking)} rowKey={(e) => e.id} rowHeight={56} height="calc(100dvh - 220px)" more={list.hasNextPage} onEnd={() => !list.isFetchingNextPage && void list.fetchNextPage()} />
            )
          }
        </Loaded>
      </div>
      {asking && <ActDialog asked={asking} onClose={() => setAsking(null)} />}
      {bulk && <BulkDialog filter={filter} onClose={() => setBulk(false)} />}
    </div>
  );
}

function columns(names: Map<string, string>, ask: (asked: Asked) => void): Column<AdminExecution>[] {
  return [
    { key: "status", title: "Status", width: "126px", wide: true, cell: (e) => <Status value={e.status} /> },
    {
      key: "tenant",
      title: "Tenant and run",
      width: "minmax(0, 1.5fr)",
      cell: (e) => (
        <span className="two">
          <strong title={e.tenant}>{names.get(e.tenant) ?? `…${e.tenant.slice(-8)}`}</strong>
          <span className="under">
            <Status value={e.status} />
          </span>
          <span className="muted small over" title={`Run ${e.id} of workflow ${e.workflowId}`}>
            {e.plan} <span className="mono">…{e.id.slice(-10)}</span>
          </span>
        </span>
      ),
    },
    { key: "error", title: "What happened", width: "minmax(0, 2.6fr)", wide: true, cell: (e) => <Happened run={e} /> },
    {
      key: "when",
      title: "When, took",
      width: "124px",
      wide: true,
      cell: (e) => (
        <span className="two">
          <Ago at={e.queuedAt} />
          <span className="muted small num">{!e.startedAt ? "not started" : e.status === "running" ? <Elapsed since={e.startedAt} /> : duration(e.durationMs)}</span>
        </span>
      ),
    },
    { key: "cost", title: "Cost", width: "110px", right: true, wide: true, cell: (e) => (e.costUsd > 0 ? money(e.costUsd) : "—") },
    { key: "act", title: <span className="unseen">Actions</span>, width: "170px", right: true, cell: (e) => <Actions run={e} ask={ask} /> },
  ];
}

function Happened({ run: e }: { run: AdminExecution }) {
  if (!e.error) return isOpen(e.status) ? <span className="muted num">{`${e.progress.completed} of ${e.progress.total} nodes`}</span> : null;
  return (
    <span className="two" title={e.error.message}>
      <span>
        {e.error.node ? `${e.error.node}: ` : ""}
        {e.error.message}
      </span>
      <span className="mono small muted">{e.error.code}</span>
    </span>
  );
}

function Actions({ run, ask }: { run: AdminExecution; ask: (asked: Asked) => void }) {
  const button = (action: AdminAction) => (
    <Button small look={action === "cancel" ? "danger" : "plain"} onClick={() => ask({ action, run })}>
      {capital(action)}
    </Button>
  );
  return (
    <span className="row end">
      {isOpen(run.status) && button("cancel")}
      {run.status === "failed" && button("resume")}
      {!isOpen(run.status) && button("retry")}
    </span>
  );
}

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);

const words: Record<AdminAction, { title: string; says: string }> = {
  resume: { title: "Resume this run?", says: "It goes on from the node that failed; completed nodes do not run again." },
  retry: { title: "Retry this run?", says: "A new run starts from the beginning: what it does outside happens again." },
  cancel: { title: "Cancel this run?", says: "Nothing new of it starts; a node that is under way ends first." },
};

function ActDialog({ asked, tenant, onClose }: { asked: Asked; tenant?: string; onClose: () => void }) {
  const act = useActOn();
  const text = words[asked.action];
  return (
    <Confirm
      title={text.title}
      action={capital(asked.action)}
      danger={asked.action === "cancel"}
      busy={act.isPending}
      error={act.error}
      onClose={onClose}
      onConfirm={() => act.mutate(asked, { onSuccess: () => (toast(done[asked.action]), onClose()) })}
    >
      {text.says} It belongs to the tenant <strong>{tenant ?? asked.run.tenant}</strong>.
    </Confirm>
  );
}
