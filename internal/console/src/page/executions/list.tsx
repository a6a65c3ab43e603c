import { Link } from "wouter";
import { type Execution, isOpen, useExecutions } from "../../api/execution";
import { useWorkflowNames } from "../../api/workflow";
import { money } from "../../text/number";
import { duration } from "../../text/time";
import { ErrorState, Skeleton, Status } from "../../ui/state";
import { type Column, Table } from "../../ui/table";
import { Ago, Elapsed } from "../../ui/time";

interface ListProps {
  list: ReturnType<typeof useExecutions>;
  empty: React.ReactNode;
  height?: string;
  /** Without it the list is only looked at. */
  selection?: { chosen: ReadonlySet<string>; onChange: (chosen: ReadonlySet<string>) => void };
  /** The workflow is the same for all: leave its name out. */
  oneWorkflow?: boolean;
  /** Only what fits half a page. */
  brief?: boolean;
}

/** ExecutionList is a list of runs, newest first. */
export function ExecutionList({ list, empty, height, selection, oneWorkflow, brief }: ListProps) {
  const names = useWorkflowNames();
  if (list.isLoadingError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Skeleton lines={8} />;
  if (list.items.length === 0) return empty;
  const columns = brief ? briefColumns(names) : columnsOf(names, oneWorkflow ?? false);
  if (selection) columns.unshift(choice(selection, list.items));
  return (
    <Table
      label="Executions"
      rows={list.items}
      columns={columns}
      rowKey={(e) => e.id}
      rowHeight={brief ? 58 : undefined}
      height={height}
      selected={selection && ((e) => selection.chosen.has(e.id))}
      more={list.hasNextPage}
      onEnd={() => !list.isFetchingNextPage && void list.fetchNextPage()}
    />
  );
}

/** briefColumns are two lines a run: what it is, and what happened. */
function briefColumns(names: Map<string, string>): Column<Execution>[] {
  return [
    {
      key: "workflow",
      title: "Workflow",
      width: "minmax(0, 1fr)",
      cell: (e) => (
        <span className="two">
          <Link className="whole" href={`/executions/${e.id}`}>
            {names.get(e.workflowId) ?? e.workflowId}
          </Link>
          <span className="small">
            <Happened execution={e} />
          </span>
        </span>
      ),
    },
    { key: "queued", title: "When", width: "116px", right: true, cell: (e) => <Ago at={e.queuedAt} /> },
  ];
}

function columnsOf(names: Map<string, string>, oneWorkflow: boolean): Column<Execution>[] {
  return [
    { key: "status", title: "Status", width: "132px", cell: (e) => <Status value={e.status} /> },
    {
      key: "workflow",
      title: oneWorkflow ? "Run" : "Workflow",
      width: "minmax(0, 2.4fr)",
      cell: (e) => (
        <Link className="whole" href={`/executions/${e.id}`}>
          {oneWorkflow ? <span className="mono">{e.id.slice(-8)}</span> : (names.get(e.workflowId) ?? e.workflowId)}
          <span className="under">
            <Ago at={e.queuedAt} />
          </span>
        </Link>
      ),
    },
    { key: "error", title: "What happened", width: "minmax(0, 2.4fr)", wide: true, cell: (e) => <Happened execution={e} /> },
    { key: "trigger", title: "Started by", width: "100px", wide: true, cell: (e) => <span className="muted">{e.test ? "test" : e.trigger}</span> },
    { key: "queued", title: "When", width: "minmax(112px, 1fr)", wide: true, cell: (e) => <Ago at={e.queuedAt} /> },
    { key: "duration", title: "Took", width: "96px", right: true, wide: true, cell: (e) => (e.status === "running" && e.startedAt ? <Elapsed since={e.startedAt} /> : e.startedAt ? duration(e.durationMs) : "—") },
    { key: "cost", title: "Cost", width: "108px", right: true, wide: true, cell: (e) => (e.costUsd > 0 ? money(e.costUsd) : "—") },
  ];
}

function Happened({ execution: e }: { execution: Execution }) {
  if (e.error) {
    return (
      <span className="muted" title={e.error.message}>
        {e.error.node ? `${e.error.node}: ` : ""}
        {e.error.message}
      </span>
    );
  }
  if (!isOpen(e.status)) return null;
  return (
    <span className="muted num">
      {e.progress.completed} of {e.progress.total} nodes
    </span>
  );
}

function choice({ chosen, onChange }: NonNullable<ListProps["selection"]>, rows: Execution[]): Column<Execution> {
  const all = rows.length > 0 && rows.every((r) => chosen.has(r.id));
  const turn = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  return {
    key: "choice",
    title: <input className="tick" type="checkbox" aria-label="Choose all that are loaded" checked={all} onChange={() => onChange(all ? new Set() : new Set(rows.map((r) => r.id)))} />,
    width: "42px",
    cell: (e) => <input className="above tick" type="checkbox" aria-label={`Choose ${e.id}`} checked={chosen.has(e.id)} onChange={() => turn(e.id)} />,
  };
}
