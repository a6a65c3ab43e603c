import { useState } from "react";
import { type Metrics, plans, useMetrics } from "../../api/admin";
import { compact, count, money } from "../../text/number";
import { Bars, Shares } from "../../ui/chart";
import { BareSelect } from "../../ui/field";
import { PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded } from "../../ui/state";
import { Ago } from "../../ui/time";
import "./admin.css";
import { Dashboard } from "./dashboard";
import { QueueTable } from "./queues";

const spans = [
  { value: "1", label: "Last hour" },
  { value: "3", label: "Last 3 hours" },
  { value: "12", label: "Last 12 hours" },
  { value: "24", label: "Last 24 hours" },
];

/** Health shows what the platform does now, and its figures over time. */
export default function Health() {
  const [hours, setHours] = useState("3");
  const metrics = useMetrics(Number(hours));
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Health of the platform</h1>
          <p className="lead">What goes on now, and the dashboard of CloudWatch over the last hours.</p>
        </div>
        <div className="row">
          {metrics.data && (
            <span className="muted small">
              <Ago at={metrics.data.at} />
            </span>
          )}
          <BareSelect label="Time" value={hours} onChange={(e) => setHours(e.target.value)} choices={spans} />
        </div>
      </header>
      <Loaded of={metrics} lines={10}>
        {(data) => (
          <>
            <Figures metrics={data} />
            <Dashboard metrics={data} hours={Number(hours)} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Figure({ title, value, under }: { title: string; value: string; under: string }) {
  return (
    <section className="card card-body stack tight" aria-label={title}>
      <span className="muted">{title}</span>
      <strong className="figure">{value}</strong>
      <span className="muted small">{under}</span>
    </section>
  );
}

function Figures({ metrics: m }: { metrics: Metrics }) {
  const codes = Object.entries(m.failures.byCode as Record<string, number>).sort(([, a], [, b]) => b - a);
  return (
    <>
      <div className="grid">
        <Figure title="Slots in use" value={count(m.slotsInUse)} under={`${count(m.parked)} runs wait in line`} />
        <Figure title="Open runs" value={count(m.open)} under={`${count(m.runs)} accepted this month`} />
        <Figure title="Failures in 24 hours" value={count(m.failures.total)} under={codes[0] ? `most: ${codes[0][0]}` : "none"} />
        <Figure title="AI spend this month" value={money(m.costUsd)} under={`${compact(m.tokens)} tokens, ${compact(m.reservedTokens)} reserved`} />
      </div>
      <div className="grid two">
        <section className="card" aria-label="Failures by hour">
          <div className="card-head">
            <h2>Failures by hour</h2>
          </div>
          <div className="card-body">
            <Bars title="Failures by hour, the last 24" points={m.failures.byHour.map((value, i, all) => ({ label: i === all.length - 1 ? "now" : `-${all.length - 1 - i}`, value }))} format={count} />
          </div>
        </section>
        <section className="card" aria-label="Failures by code">
          <div className="card-head">
            <h2>Failures by code</h2>
          </div>
          <div className="card-body">
            {codes.length === 0 ? (
              <EmptyState icon="check" title="No failures">
                No run has failed in the last 24 hours.
              </EmptyState>
            ) : (
              <Shares points={codes.slice(0, 8).map(([label, value]) => ({ label, value }))} format={count} />
            )}
          </div>
        </section>
      </div>
      <PlanTable metrics={m} />
      <section className="card scroll-x" aria-label="Queues" tabIndex={0}>
        <div className="card-head">
          <h2>Queues</h2>
        </div>
        <QueueTable queues={m.queues} />
      </section>
    </>
  );
}

function PlanTable({ metrics }: { metrics: Metrics }) {
  return (
    <section className="card scroll-x" aria-label="Plans" tabIndex={0}>
      <div className="card-head">
        <h2>By plan</h2>
        <Badge>{count(metrics.tenants)} tenants</Badge>
      </div>
      <PlainTable>
        <thead>
          <tr>
            <th>Plan</th>
            <th className="right">Tenants</th>
            <th className="right">Slots in use</th>
            <th className="right">In line</th>
            <th className="right">Runs</th>
            <th className="right">Tokens</th>
            <th className="right">AI cost</th>
          </tr>
        </thead>
        <tbody>
          {plans.map((name) => {
            const p = metrics.plans[name];
            return (
              p && (
                <tr key={name}>
                  <td>
                    <strong>{name}</strong>
                  </td>
                  <td className="right num">{count(p.tenants)}</td>
                  <td className="right num">{count(p.slotsInUse)}</td>
                  <td className="right num">{count(p.parked)}</td>
                  <td className="right num">{count(p.runs)}</td>
                  <td className="right num">{compact(p.tokens)}</td>
                  <td className="right num">{money(p.costUsd)}</td>
                </tr>
              )
            );
          })}
        </tbody>
      </PlainTable>
    </section>
  );
}
