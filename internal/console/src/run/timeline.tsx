import { type ExecutionDetail, isOpen, type NodeRow } from "../api/execution";
import { compact, money } from "../text/number";
import { duration, fullTime } from "../text/time";
import { Icon } from "../ui/icon";
import { EmptyState, Status } from "../ui/state";
import { type Column, Table } from "../ui/table";
import { useNow } from "../ui/time";
import { iconOf } from "../workflow/kind";
import { scale, type Span } from "./state";
import "./run.css";

interface Line {
  key: string;
  row: NodeRow | null;
  span: Span;
  ms: number;
}

export interface Chosen {
  name: string;
  run: number;
}

interface TimelineProps {
  execution: ExecutionDetail;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen) => void;
}

/** Timeline shows when each node ran and how long, the time in the queue first. */
export function Timeline({ execution, chosen, onChoose }: TimelineProps) {
  const now = useNow(isOpen(execution.status) ? 1000 : 3_600_000);
  const lines = linesOf(execution, now);
  if (lines.length === 0) {
    return (
      <EmptyState icon="clock" title="Nothing has run yet">
        The run waits in the queue.
      </EmptyState>
    );
  }
  return (
    <Table
      label="Timeline"
      rows={lines}
      columns={columnsOf(onChoose)}
      rowKey={(l) => l.key}
      rowHeight={38}
      height="420px"
      selected={(l) => l.row !== null && l.row.name === chosen?.name && l.row.runIndex === chosen.run}
    />
  );
}

function linesOf(execution: ExecutionDetail, now: number): Line[] {
  const begin = Date.parse(execution.queuedAt);
  const started = execution.startedAt ? Date.parse(execution.startedAt) : null;
  const ends = execution.nodes.map((n) => (n.startedAt ? Date.parse(n.startedAt) + n.durationMs : 0));
  const end = execution.finishedAt ? Date.parse(execution.finishedAt) : isOpen(execution.status) ? Math.max(now, ...ends) : Math.max(begin, ...ends);
  const bar = scale(begin, end);
  const waited = (started ?? end) - begin;
  const queue: Line = { key: "queue", row: null, span: bar(begin, begin + waited), ms: waited };
  const nodes = execution.nodes.map((row): Line => {
    const from = row.startedAt ? Date.parse(row.startedAt) : end;
    const ms = row.status === "running" ? Math.max(0, now - from) : row.durationMs;
    return { key: `${row.name}/${row.runIndex}`, row, span: bar(from, from + ms), ms };
  });
  return [queue, ...nodes];
}

function columnsOf(onChoose: (chosen: Chosen) => void): Column<Line>[] {
  return [
    { key: "node", title: "Node", width: "minmax(0, 1.6fr)", cell: (l) => <Name line={l} onChoose={onChoose} /> },
    { key: "status", title: "Status", width: "134px", wide: true, cell: (l) => l.row && <Status value={l.row.status} /> },
    { key: "bar", title: "When", width: "minmax(90px, 3fr)", cell: (l) => <Bar line={l} /> },
    { key: "took", title: "Took", width: "96px", right: true, cell: (l) => duration(l.ms) },
    { key: "attempts", title: "Attempts", width: "98px", right: true, wide: true, cell: (l) => l.row?.attempts },
    { key: "items", title: "Items", width: "76px", right: true, wide: true, cell: (l) => l.row && compact(l.row.outputItems) },
    { key: "cost", title: "AI", width: "130px", right: true, wide: true, cell: (l) => (l.row?.tokenUsage ? `${compact(l.row.tokenUsage.total)} · ${money(l.row.costUsd)}` : "") },
  ];
}

function Name({ line: { row }, onChoose }: { line: Line; onChoose: (chosen: Chosen) => void }) {
  if (!row) return <span className="muted">In the queue</span>;
  return (
    <button type="button" className="node-link" onClick={() => onChoose({ name: row.name, run: row.runIndex })}>
      <Icon name={iconOf(row.type)} size={15} />
      <span className="clip">{row.name}</span>
      {row.runIndex > 0 && <span className="muted">run {row.runIndex + 1}</span>}
    </button>
  );
}

function Bar({ line: { row, span } }: { line: Line }) {
  return (
    <div className="lane" title={row?.startedAt ? fullTime(row.startedAt) : undefined}>
      <div className={`span is-${row?.status ?? "queued"}`} style={{ left: `${span.start * 100}%`, width: `max(3px, ${span.width * 100}%)` }} />
    </div>
  );
}
