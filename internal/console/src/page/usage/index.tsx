import { useState } from "react";
import { Link } from "wouter";
import { useUsage } from "../../api/usage";
import { useWorkflowNames } from "../../api/workflow";
import type { Schema } from "../../api/client";
import { exportUsage } from "../../api/usage";
import { compact, count, limit, money } from "../../text/number";
import { Button } from "../../ui/button";
import { Bars, Meter, type Point, Shares } from "../../ui/chart";
import { BareSelect } from "../../ui/field";
import { EmptyState, Loaded } from "../../ui/state";
import { toastError } from "../../ui/toast";
import { daysOf, monthsBack, periodName } from "./period";
import { Records } from "./records";

export default function UsagePage() {
  const months = monthsBack(new Date(), 12);
  const [period, setPeriod] = useState(months[0]!);
  const usage = useUsage(period === months[0] ? undefined : period);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Usage and cost</h1>
          <p className="lead">Runs and AI tokens against your plan, and what each call cost. Months are counted in UTC.</p>
        </div>
        <div className="row">
          <BareSelect label="Month" value={period} onChange={(e) => setPeriod(e.target.value)} choices={months.map((m) => ({ value: m, label: periodName(m) }))} />
          <Button icon="download" onClick={() => void exportUsage(period).catch(toastError)}>
            Export CSV
          </Button>
        </div>
      </header>
      <Loaded of={usage} lines={8}>{(data) => <Figures usage={data} period={period} />}</Loaded>
    </div>
  );
}

function Figures({ usage, period }: { usage: Schema["Usage"]; period: string }) {
  return (
    <>
      <div className="grid">
        <section className="card card-body stack" aria-label="Limits">
          <Meter label="Runs" used={usage.runs.used} limit={usage.runs.limit} text={`${count(usage.runs.used)} of ${limit(usage.runs.limit)}`} />
          <Meter label="AI tokens" used={usage.tokens.used + usage.tokens.reserved} limit={usage.tokens.limit} text={`${compact(usage.tokens.used)} of ${usage.tokens.limit < 0 ? "unlimited" : compact(usage.tokens.limit)}`} />
          <Meter label="Runs at the same time" used={usage.concurrency.used} limit={usage.concurrency.limit} text={`${usage.concurrency.used} of ${limit(usage.concurrency.limit)}`} />
        </section>
        <section className="card card-body stack tight" aria-label="Cost">
          <span className="muted">AI cost of the month</span>
          <strong className="figure">{money(usage.cost.total.costUsd)}</strong>
          <span className="muted small">
            {count(usage.cost.total.calls)} calls, {count(usage.cost.total.prompt)} tokens in, {count(usage.cost.total.completion)} out
            {usage.cost.total.unconfirmed > 0 && `; ${count(usage.cost.total.unconfirmed)} by estimate`}
          </span>
        </section>
      </div>
      {usage.cost.total.calls === 0 ? (
        <section className="card">
          <EmptyState icon="usage" title={`No AI calls in ${periodName(period)}`}>
            When a workflow calls a model, each call is priced and shown here by day, model and workflow.
          </EmptyState>
        </section>
      ) : (
        <Charts usage={usage} period={period} />
      )}
    </>
  );
}

function Charts({ usage, period }: { usage: Schema["Usage"]; period: string }) {
  const names = useWorkflowNames();
  const days = daysOf(period);
  const byDay = new Map(usage.cost.byDay.map((d) => [d.day, d]));
  const points = (value: (d: Schema["DayShare"]) => number): Point[] => days.map((day) => ({ label: String(Number(day.slice(8))), value: byDay.has(day) ? value(byDay.get(day)!) : 0 }));
  // A budget for the month is a line at what may be used each day.
  const perDay = usage.tokens.limit > 0 ? usage.tokens.limit / days.length : 0;
  return (
    <>
      <div className="grid two">
        <section className="card" aria-label="Cost by day">
          <div className="card-head">
            <h2>Cost by day</h2>
          </div>
          <div className="card-body">
            <Bars title="AI cost by day" points={points((d) => d.costUsd)} format={money} />
          </div>
        </section>
        <section className="card" aria-label="Tokens by day">
          <div className="card-head">
            <h2>Tokens by day</h2>
          </div>
          <div className="card-body">
            <Bars title="AI tokens by day" points={points((d) => d.totalTokens)} format={compact} limit={perDay > 0 ? { value: perDay, text: `budget, ${compact(Math.round(perDay))} a day` } : undefined} />
          </div>
        </section>
        <section className="card" aria-label="Cost by model">
          <div className="card-head">
            <h2>By model</h2>
          </div>
          <div className="card-body">
            <Shares points={usage.cost.byModel.map((m) => ({ label: m.model, value: m.costUsd }))} format={money} />
          </div>
        </section>
        <section className="card" aria-label="Cost by workflow">
          <div className="card-head">
            <h2>By workflow</h2>
          </div>
          <div className="card-body">
            <Shares points={usage.cost.byWorkflow.map((w) => ({ label: w.workflowId, value: w.costUsd }))} format={money} name={(id) => <Link href={`/workflows/${id}`}>{names.get(id) ?? id}</Link>} />
          </div>
        </section>
      </div>
      <Records period={period} />
    </>
  );
}
