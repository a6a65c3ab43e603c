import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { type AdminAction, type AdminExecution, useAdminExecutions, useTenantNames } from "../../api/admin";
import { isOpen, statuses } from "../../api/execution";
import { Owner, runPage } from "../../api/owner";
import { CancelDialog, ResumeDialog, RetryDialog } from "../../run/action";
import { money } from "../../text/number";
import { duration } from "../../text/time";
import { Button } from "../../ui/button";
import { useDebounced } from "../../ui/debounce";
import { BareSelect, SearchBox } from "../../ui/field";
import { EmptyState, Loaded, Status, statusText } from "../../ui/state";
import { type Column, Table } from "../../ui/table";
import { Ago, Elapsed } from "../../ui/time";
import { sinceHours, spans } from "../executions/span";
import { BulkDialog } from "./bulk";
import "../executions/executions.css";

interface Asked {
  action: AdminAction;
  run: AdminExecution;
}

/** AdminExecutions are the runs of all tenants: found by their error, and acted on. */
export default function AdminExecutions() {
  const [query, setQuery] = useSearchParams();
  const [error, setError] = useState(query.get("error") ?? "");
  const [asking, setAsking] = useState<Asked | null>(null);
  const [bulk, setBulk] = useState(false);
  const hours = Number(query.get("hours"));
  const text = error.trim();
  const still = useDebounced(text, 300);
  const filter = {
    tenant: query.get("tenant") ?? undefined,
    status: query.get("status") ?? undefined,
    error: (text && still) || undefined,
    since: hours > 0 ? sinceHours(hours) : undefined,
  };
  const list = useAdminExecutions(filter);
  const names = useTenantNames();
  const set = (name: string, value: string) =>
    setQuery(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        // Only failed runs have an error: another status takes it away, and it takes another status away.
        if (next.has("error") && next.has("status") && next.get("status") !== "failed") next.delete(name === "error" ? "status" : "error");
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
        <BareSelect label="Status" value={filter.status ?? ""} onChange={(e) => (set("status", e.target.value), e.target.value && e.target.value !== "failed" && setError(""))} choices={[{ value: "", label: "Any status" }, ...statuses.map((s) => ({ value: s, label: statusText(s) }))]} />
        <BareSelect label="Time" value={query.get("hours") ?? ""} onChange={(e) => set("hours", e.target.value)} choices={spans} />
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
          <Link className="whole" href={runPage(e.tenant, e.id)} title={e.tenant}>
            {names.get(e.tenant) ?? `…${e.tenant.slice(-8)}`}
          </Link>
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
    <span className="row end above">
      {isOpen(run.status) && button("cancel")}
      {run.status === "failed" && button("resume")}
      {!isOpen(run.status) && button("retry")}
    </span>
  );
}

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);

/** ActDialog asks before it acts, in the words of the run's own page. */
function ActDialog({ asked: { action, run }, onClose }: { asked: Asked; onClose: () => void }) {
  return (
    <Owner value={run.tenant}>
      {action === "resume" && <ResumeDialog execution={run} current={undefined} onClose={onClose} />}
      {action === "retry" && <RetryDialog execution={run} from={null} onClose={onClose} />}
      {action === "cancel" && <CancelDialog execution={run} onClose={onClose} />}
    </Owner>
  );
}
