import { type ReactNode, useEffect, useRef, useState } from "react";
import "./chart.css";

export interface Point {
  label: string;
  value: number;
}

interface BarsProps {
  title: string;
  points: Point[];
  format: (value: number) => string;
  /** A line that the bars should stay below: a budget. */
  limit?: { value: number; text: string };
  height?: number;
}

export function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { box, width };
}

/** niceTop is the round number at or above a value where an axis can end. */
export function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * power >= value) ?? 10;
  return step * power;
}

interface RulesProps {
  at: number[];
  from: number;
  to: number;
  /** Between a figure and its line. */
  gap: number;
  y: (value: number) => number;
  format: (value: number) => string;
}

/** Rules are the lines of a chart's axis, each with its figure. */
export function Rules({ at, from, to, gap, y, format }: RulesProps) {
  return at.map((value) => (
    <g key={value}>
      <line className="grid-line" x1={from} x2={to} y1={y(value)} y2={y(value)} />
      <text x={from - gap} y={y(value) + 4} textAnchor="end">
        {format(value)}
      </text>
    </g>
  ));
}

const widestBar = 44;
const margin = { top: 14, right: 4, bottom: 20, left: 56 };

/** Bars is a bar chart; screen readers get its figures as a table. */
export function Bars({ title, points, format, limit, height = 180 }: BarsProps) {
  const { box, width } = useWidth();
  const top = niceTop(Math.max(...points.map((p) => p.value), limit?.value ?? 0));
  const inner = { width: Math.max(0, width - margin.left - margin.right), height: height - margin.top - margin.bottom };
  const y = (value: number) => margin.top + inner.height * (1 - value / top);
  const slot = inner.width / Math.max(1, points.length);
  const bar = Math.min(slot * 0.7, widestBar);
  const everyNth = Math.max(1, Math.ceil(points.length / Math.max(1, inner.width / 56)));
  return (
    <figure className="chart" ref={box}>
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          <Rules at={[0, 0.5 * top, top]} from={margin.left} to={width - margin.right} gap={8} y={y} format={format} />
          {points.map((p, i) => (
            <g key={p.label}>
              <rect className="bar" x={margin.left + slot * (i + 0.5) - bar / 2} width={bar} y={y(p.value)} height={Math.max(0, y(0) - y(p.value))} rx={Math.min(3, bar * 0.3)}>
                <title>{`${p.label}: ${format(p.value)}`}</title>
              </rect>
              {i % everyNth === 0 && (
                <text x={margin.left + slot * (i + 0.5)} y={height - 4} textAnchor="middle">
                  {p.label}
                </text>
              )}
            </g>
          ))}
          {limit && (
            <g>
              <line className="limit-line" x1={margin.left} x2={width - margin.right} y1={y(limit.value)} y2={y(limit.value)} />
              <text className="limit-text" x={width - margin.right} y={y(limit.value) - 4} textAnchor="end">
                {limit.text}
              </text>
            </g>
          )}
        </svg>
      )}
      <table className="unseen">
        <caption>{title}</caption>
        <tbody>
          {points.map((p) => (
            <tr key={p.label}>
              <th scope="row">{p.label}</th>
              <td>{format(p.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** Shares are parts of a whole as bars with names, largest first. */
export function Shares({ points, format, name }: { points: Point[]; format: (value: number) => string; name?: (label: string) => ReactNode }) {
  const most = Math.max(...points.map((p) => p.value), 0);
  return (
    <ul className="shares">
      {points.map((p) => (
        <li className="share" key={p.label}>
          <span className="clip">{name ? name(p.label) : p.label}</span>
          <span className="num">{format(p.value)}</span>
          <div className="track">
            <div className="fill" style={{ width: `${most > 0 ? (p.value / most) * 100 : 0}%` }} />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Meter is a use against its limit; -1 is no limit. It warns from 80 % on. */
export function Meter({ label, used, limit, text }: { label: string; used: number; limit: number; text: string }) {
  const part = limit > 0 ? Math.min(1, used / limit) : 0;
  const tone = part >= 1 ? "bad" : part >= 0.8 ? "warn" : "";
  return (
    <div className={`meter ${tone}`}>
      <div className="row between">
        <span className="muted">{label}</span>
        <span className="num">{text}</span>
      </div>
      {limit >= 0 && (
        <div className="track" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(limit, 1)} aria-valuenow={Math.min(used, Math.max(limit, 1))} aria-valuetext={text}>
          <div className="fill" style={{ width: used > 0 ? `max(2px, ${part * 100}%)` : 0 }} />
        </div>
      )}
    </div>
  );
}
