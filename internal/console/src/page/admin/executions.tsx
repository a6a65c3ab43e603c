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
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { BulkDialog } from "./bulk";
import "../executions/executions.css";

/** AdminExecutions are the runs of all tenants: found by their error, and acted on. */
export default function AdminExecutions() {
  const [query, setQuery] = useSearchParams();
  const [error, setError] = useState(query.get("error") ?? "");
  const [asking, setAsking] = useState<{ action: AdminAction; run: AdminExecution } | null>(null);
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
              <Table label="Executions of all tenants" rows={list.items} columns={columns(names, setAsking)} rowKey={(e) => e.id} height="calc(100dvh - 250px)" more={list.hasNextPage} onEnd={() => !list.isFetchingNextPage && void list.fetchNextPage()} />
            )
          }
        </Loaded>
      </div>
      {asking && <ActDialog asked={asking} onClose={() => setAsking(null)} />}
      {bulk && <BulkDialog filter={filter} onClose={() => setBulk(false)} />}
    </div>
  );
}

function columns(names: Map<string, string>, ask: (asked: { action: AdminAction; run: AdminExecution }) => void): Column<AdminExecution>[] {
  return [
    { key: "status", title: "Status", width: "132px", cell: (e) => <Status value={e.status} /> },
    {
      key: "tenant",
      title: "Tenant",
      width: "minmax(0, 1.8fr)",
      cell: (e) => (
        <span title={e.tenant}>
          <strong>{names.get(e.tenant) ?? `…${e.tenant.slice(-8)}`}</strong> <span className="muted small">{e.plan}</span>
        </span>
      ),
    },
    { key: "run", title: "Run", width: "112px", wide: true, cell: (e) => <span className="mono small">{e.id.slice(-10)}</span> },
    {
      key: "error",
      title: "What happened",
      width: "minmax(0, 3fr)",
      wide: true,
      cell: (e) =>
        e.error && (
          <span title={e.error.message}>
            <span className="mono small">{e.error.code}</span> {e.error.node ? `${e.error.node}: ` : ""}
            {e.error.message}
          </span>
        ),
    },
    { key: "when", title: "When", width: "120px", wide: true, cell: (e) => <Ago at={e.queuedAt} /> },
    { key: "took", title: "Took", width: "90px", right: true, wide: true, cell: (e) => (e.startedAt ? duration(e.durationMs) : "—") },
    { key: "cost", title: "Cost", width: "108px", right: true, wide: true, cell: (e) => (e.costUsd > 0 ? money(e.costUsd) : "—") },
    {
      key: "act",
      title: <span className="unseen">Actions</span>,
      width: "178px",
      right: true,
      cell: (e) =>
        isOpen(e.status) ? (
          <Button small look="danger" onClick={() => ask({ action: "cancel", run: e })}>
            Cancel
          </Button>
        ) : (
          <span className="row">
            {e.status === "failed" && (
              <Button small onClick={() => ask({ action: "resume", run: e })}>
                Resume
              </Button>
            )}
            <Button small onClick={() => ask({ action: "retry", run: e })}>
              Retry
            </Button>
          </span>
        ),
    },
  ];
}

const words: Record<AdminAction, { title: string; says: string }> = {
  resume: { title: "Resume this run?", says: "It goes on from the node that failed; completed nodes do not run again." },
  retry: { title: "Retry this run?", says: "A new run starts from the beginning: what it does outside happens again." },
  cancel: { title: "Cancel this run?", says: "Nothing new of it starts; a node that is under way ends first." },
};

function ActDialog({ asked, onClose }: { asked: { action: AdminAction; run: AdminExecution }; onClose: () => void }) {
  const act = useActOn();
  const text = words[asked.action];
  return (
    <Confirm
      title={text.title}
      action={asked.action[0]!.toUpperCase() + asked.action.slice(1)}
      danger={asked.action === "cancel"}
      busy={act.isPending}
      error={act.error}
      onClose={onClose}
      onConfirm={() => act.mutate(asked, { onSuccess: () => (toast("Done."), onClose()) })}
    >
      {text.says} It belongs to the tenant <strong>{asked.run.tenant}</strong>.
    </Confirm>
  );
}
