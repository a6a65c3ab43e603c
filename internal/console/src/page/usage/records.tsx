import { Link } from "wouter";
import type { Schema } from "../../api/client";
import { useUsageRecords } from "../../api/usage";
import { count, money } from "../../text/number";
import { compactTime, duration } from "../../text/time";
import { Loaded } from "../../ui/state";
import { type Column, Table } from "../../ui/table";

const columns: Column<Schema["UsageRecord"]>[] = [
  {
    key: "at",
    title: "When",
    width: "minmax(130px, 1fr)",
    cell: (r) => (
      <Link className="whole" href={`/executions/${r.executionId}`}>
        {compactTime(r.at)}
      </Link>
    ),
  },
  { key: "model", title: "Model", width: "minmax(0, 1.4fr)", cell: (r) => r.model },
  { key: "in", title: "Tokens in", width: "100px", right: true, wide: true, cell: (r) => count(r.prompt) },
  { key: "out", title: "Out", width: "90px", right: true, wide: true, cell: (r) => count(r.completion) },
  { key: "took", title: "Took", width: "90px", right: true, wide: true, cell: (r) => duration(r.latencyMs) },
  { key: "cost", title: "Cost", width: "110px", right: true, cell: (r) => money(r.costUsd) },
];

/** Records lists the AI calls of a month, newest first. */
export function Records({ period }: { period: string }) {
  const list = useUsageRecords(period);
  return (
    <section className="card" aria-label="Calls">
      <div className="card-head">
        <h2>Calls</h2>
      </div>
      <Loaded of={list}>
        {() => (
          <Table label="AI calls" rows={list.items} columns={columns} rowKey={(r) => r.id} rowHeight={38} height="420px" more={list.hasNextPage} onEnd={() => !list.isFetchingNextPage && void list.fetchNextPage()} />
        )}
      </Loaded>
    </section>
  );
}
