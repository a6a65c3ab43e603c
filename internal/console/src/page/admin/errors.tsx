import { useState } from "react";
import { Link } from "wouter";
import { type ErrorGroup, useErrorGroups, useTenantNames } from "../../api/admin";
import { count, plural } from "../../text/number";
import { BareSelect } from "../../ui/field";
import { PlainTable } from "../../ui/plain-table";
import { EmptyState, Loaded, Notice } from "../../ui/state";
import { Ago } from "../../ui/time";
import { labelOf } from "../../workflow/kind";
import "./admin.css";
import { searchFor } from "./cause";

const day = 86_400_000;

const spans = [
  { value: "1", label: "Last 24 hours" },
  { value: "7", label: "Last 7 days" },
  { value: "30", label: "Last 30 days" },
];

/** Errors are the failures of all tenants by their cause, the most frequent first. */
export default function Errors() {
  const [span, setSpan] = useState("7");
  const days = Number(span);
  // To the hour, so that the same groups are asked for while one looks at them.
  const groups = useErrorGroups(new Date(Math.floor((Date.now() - days * day) / 3_600_000) * 3_600_000).toISOString());
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Errors</h1>
          <p className="lead">Failures of all tenants, grouped by their cause.</p>
        </div>
        <div className="row">
          <BareSelect label="Time" value={span} onChange={(e) => setSpan(e.target.value)} choices={spans} />
        </div>
      </header>
      {groups.data && !groups.data.complete && <Notice tone="warn">There are too many failures to count: the oldest are left out.</Notice>}
      <section className="card scroll-x" aria-label="Causes" tabIndex={0}>
        <Loaded of={groups} lines={6}>
          {(data) =>
            data.items.length === 0 ? (
              <EmptyState icon="check" title="No failures">
                No run of any tenant has failed in this time.
              </EmptyState>
            ) : (
              <Causes groups={data.items} days={lastDays(days)} />
            )
          }
        </Loaded>
      </section>
    </div>
  );
}

function lastDays(n: number): string[] {
  return Array.from({ length: Math.max(n, 2) }, (_, i) => new Date(Date.now() - (Math.max(n, 2) - 1 - i) * day).toISOString().slice(0, 10));
}

function Causes({ groups, days }: { groups: ErrorGroup[]; days: string[] }) {
  const names = useTenantNames();
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>Cause</th>
          <th className="right">Failures</th>
          <th className="right">Tenants</th>
          <th>Trend</th>
          <th>Last seen</th>
        </tr>
      </thead>
      <tbody>
        {groups.map((g) => (
          <tr key={g.fingerprint}>
            <td>
              <Link className="strong" href={`/admin/executions?error=${encodeURIComponent(searchFor(g))}&status=failed`}>
                {g.sample.message}
              </Link>
              <div className="small muted">
                <span className="mono">{g.code}</span>
                {g.nodeType && ` in ${labelOf(g.nodeType)}`}
              </div>
              <div className="small muted">
                For example at {names.get(g.sample.tenant) ?? g.sample.tenant}
                {g.sample.node ? `, node ${g.sample.node}` : ""}
              </div>
            </td>
            <td className="right num">{count(g.count)}</td>
            <td className="right num">{count(g.tenants)}</td>
            <td>
              <Trend days={days} counts={g.days as Record<string, number>} />
            </td>
            <td>
              <Ago at={g.lastSeen} />
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}


/** Trend is one bar a day; its words say the same to who cannot see it. */
function Trend({ days, counts }: { days: string[]; counts: Record<string, number> }) {
  const most = Math.max(1, ...days.map((d) => counts[d] ?? 0));
  const text = days.filter((d) => counts[d]).map((d) => `${d}: ${plural(counts[d]!, "failure")}`).join(", ");
  const step = 100 / days.length;
  return (
    <svg className="trend" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={text || "none"}>
      <title>{text}</title>
      {days.map((d, i) => {
        const height = ((counts[d] ?? 0) / most) * 22;
        return <rect key={d} x={i * step + step * 0.15} width={step * 0.7} y={24 - Math.max(height, 1)} height={Math.max(height, 1)} />;
      })}
    </svg>
  );
}
