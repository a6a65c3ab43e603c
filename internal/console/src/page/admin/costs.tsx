import { useState } from "react";
import { type CostGroup, useCosts, useTenantNames } from "../../api/admin";
import type { Schema } from "../../api/client";
import { count, money } from "../../text/number";
import { BareSelect } from "../../ui/field";
import { PlainTable } from "../../ui/plain-table";
import { EmptyState, Loaded } from "../../ui/state";
import { monthsBack, periodName } from "../usage/period";

const groups: { value: CostGroup; label: string }[] = [
  { value: "tenant", label: "By tenant" },
  { value: "workflow", label: "By workflow" },
  { value: "model", label: "By model" },
  { value: "day", label: "By day" },
];

/** Costs are what AI calls cost the platform. */
export default function Costs() {
  const months = monthsBack(new Date(), 12);
  const [period, setPeriod] = useState(months[0]!);
  const [group, setGroup] = useState<CostGroup>("tenant");
  const costs = useCosts(group, period);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>AI cost</h1>
          <p className="lead">What the calls of models cost, at the price that held at the time of each call.</p>
        </div>
        <div className="row">
          <BareSelect label="Grouped" value={group} onChange={(e) => setGroup(e.target.value as CostGroup)} choices={groups} />
          <BareSelect label="Month" value={period} onChange={(e) => setPeriod(e.target.value)} choices={months.map((m) => ({ value: m, label: periodName(m) }))} />
        </div>
      </header>
      <section className="card scroll-x" aria-label="AI cost" tabIndex={0}>
        <Loaded of={costs} lines={6}>
          {(data) =>
            data.items.length === 0 ? (
              <EmptyState icon="usage" title={`No AI calls in ${periodName(period)}`}>
                Each call of a model is priced and counted here.
              </EmptyState>
            ) : (
              <CostTable costs={data} />
            )
          }
        </Loaded>
      </section>
    </div>
  );
}

const price = (dollars: number | undefined) => (dollars === undefined ? "—" : money(dollars));

function CostTable({ costs }: { costs: Schema["AICosts"] }) {
  const priced = costs.groupBy === "tenant";
  const names = useTenantNames();
  const named = (key: string) => (priced && names.get(key)) || key;
  const sum = (of: (i: Schema["AICost"]) => number | undefined) => costs.items.reduce((n, i) => n + (of(i) ?? 0), 0);
  const all = { ...costs.total, key: "All", priceUsd: sum((i) => i.priceUsd), marginUsd: sum((i) => i.marginUsd), all: true };
  const rows = [...costs.items.map((i) => ({ ...i, all: false })), all];
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>{costs.groupBy.replace(/^./, (c) => c.toUpperCase())}</th>
          <th className="right">Calls</th>
          <th className="right">Tokens in</th>
          <th className="right">Tokens out</th>
          <th className="right">By estimate</th>
          <th className="right">Cost</th>
          <th className="right">Share</th>
          {priced && <th className="right">Price a month</th>}
          {priced && <th className="right">Margin</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((i) => (
          <tr key={i.key}>
            <td>
              {i.all || named(i.key) !== i.key ? <strong title={i.key}>{named(i.key)}</strong> : <span className="mono">{i.key}</span>}
            </td>
            <td className="right num">{count(i.calls)}</td>
            <td className="right num">{count(i.prompt)}</td>
            <td className="right num">{count(i.completion)}</td>
            <td className="right num">{count(i.unconfirmed)}</td>
            <td className="right num">{money(i.costUsd)}</td>
            <td className="right num">{costs.total.costUsd > 0 ? `${Math.round((i.costUsd / costs.total.costUsd) * 100)} %` : "—"}</td>
            {priced && <td className="right num">{price(i.priceUsd)}</td>}
            {priced && <td className="right num">{price(i.marginUsd)}</td>}
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}
