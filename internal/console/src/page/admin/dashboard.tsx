import { useMemo } from "react";
import type { Metrics } from "../../api/admin";
import { compact, money } from "../../text/number";
import { duration } from "../../text/time";
import { colors, type Line, Lines } from "../../ui/lines";

type Widget = Metrics["widgets"][number];

/** unitForm says how a widget's figures are written: its title ends with their unit. */
export function unitForm(title: string): (value: number) => string {
  if (title.endsWith("(ms)")) return duration;
  if (title.endsWith("(s)")) return (s) => duration(s * 1000);
  if (title.endsWith("(USD)")) return money;
  if (title.endsWith("(%)")) return (n) => `${Math.round(n)} %`;
  return (n) => compact(Math.round(n * 100) / 100);
}

/**
 * linesOf are a widget's lines as they are drawn. A search may find many: those
 * without anything are left out, the largest come first, and those that no colour is left for are joined. Up to three lines all stay, so that one sees that they are zero.
 */
export function linesOf(w: Widget): Line[] {
  const all = w.series.map((s) => ({ label: shortLabel(s.label), points: s.points.map((p) => ({ at: Date.parse(p.at), value: p.value })) }));
  const total = (l: Line) => l.points.reduce((n, p) => n + p.value, 0);
  const few = all.length <= 3 ? all : all.filter((l) => total(l) > 0).sort((a, b) => total(b) - total(a));
  if (few.length <= colors) return few;
  const join = w.stat === "Sum" ? (a: number, b: number) => a + b : Math.max;
  const rest = new Map<number, number>();
  for (const l of few.slice(colors - 1)) for (const p of l.points) rest.set(p.at, join(rest.get(p.at) ?? 0, p.value));
  const points = [...rest].map(([at, value]) => ({ at, value })).sort((a, b) => a.at - b.at);
  return [...few.slice(0, colors - 1), { label: `${few.length - colors + 1} others${w.stat === "Sum" ? "" : ", the highest"}`, points }];
}

/** shortLabel leaves out what all names of functions and node types begin with, and AWS's random end. */
export function shortLabel(label: string): string {
  const named = /^.*?-(\w+?)Function(-\w+)?$/.exec(label);
  if (named) return named[1]!;
  return label.replace(/^n8n-nodes-base\./, "").replace(/^@n8n\/n8n-nodes-langchain\./, "");
}

/** Dashboard is the dashboard of CloudWatch: each widget as a small chart over the last hours. */
export function Dashboard({ metrics, hours }: { metrics: Metrics; hours: number }) {
  const until = Date.parse(metrics.at);
  return (
    <section className="stack" aria-label="Dashboard">
      <div className="widgets">
        {metrics.widgets.map((w) => (
          <Chart key={w.title} widget={w} since={until - hours * 3_600_000} until={until} />
        ))}
      </div>
    </section>
  );
}

function Chart({ widget, since, until }: { widget: Widget; since: number; until: number }) {
  const lines = useMemo(() => linesOf(widget), [widget]);
  const sum = widget.stat === "Sum";
  return (
    <section className="card" aria-label={widget.title}>
      <div className="card-head">
        <h2>{widget.title}</h2>
        <span className="muted small nowrap">{sum ? "in all" : "now"}</span>
      </div>
      <div className="card-body">
        {lines.length === 0 ? <p className="muted small widget-empty">Nothing in this time.</p> : <Lines title={widget.title} lines={lines} format={unitForm(widget.title)} since={since} until={until} period={widget.periodSeconds * 1000} sum={sum} />}
      </div>
    </section>
  );
}
