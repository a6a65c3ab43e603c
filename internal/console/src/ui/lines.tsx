import "./lines.css";
import { niceTop, Rules, useWidth } from "./chart";

/** A point stands for the period that begins at its time, in milliseconds. */
export interface LinePoint {
  at: number;
  value: number;
}

export interface Line {
  label: string;
  points: LinePoint[];
}

interface LinesProps {
  title: string;
  lines: Line[];
  format: (value: number) => string;
  /** What the chart spans, in milliseconds. */
  since: number;
  until: number;
  /** The length of a period, in milliseconds. A line has a gap where a period has no figure. */
  period: number;
  /** What the figures beside the names sum up: the last of each line, or all. */
  sum?: boolean;
}

/** colors is how many lines can be told apart. */
export const colors = 6;

const margin = { top: 8, right: 4, bottom: 18, left: 60 };
const height = 132;
const hourMinute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** strokes are a line's parts without gaps, as SVG paths. */
export function strokes(points: LinePoint[], period: number, x: (at: number) => number, y: (value: number) => number): string {
  return points.map((p, i) => `${i > 0 && p.at - points[i - 1]!.at <= period * 1.5 ? "L" : "M"}${x(p.at).toFixed(1)} ${y(p.value).toFixed(1)}`).join("");
}

/** Lines is a small chart of figures over time; screen readers get a table. */
export function Lines({ title, lines, format, since, until, period, sum }: LinesProps) {
  const { box, width } = useWidth();
  const values = lines.flatMap((l) => l.points.map((p) => p.value));
  const top = niceTop(Math.max(0, ...values));
  const inner = { width: Math.max(0, width - margin.left - margin.right), height: height - margin.top - margin.bottom };
  const x = (at: number) => margin.left + (inner.width * (at - since)) / (until - since);
  const y = (value: number) => margin.top + inner.height * (1 - value / top);
  const alone = (points: LinePoint[], i: number) => {
    const near = (j: number) => points[j] && Math.abs(points[j].at - points[i]!.at) <= period * 1.5;
    return !near(i - 1) && !near(i + 1);
  };
  return (
    <figure className="lines" ref={box}>
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          <Rules at={[0, top]} from={margin.left} to={width - margin.right} gap={6} y={y} format={format} />
          <text x={margin.left} y={height - 3}>
            {hourMinute.format(since)}
          </text>
          <text x={width - margin.right} y={height - 3} textAnchor="end">
            now
          </text>
          {lines.map((l, i) => (
            <g key={l.label} className={`line color-${i % colors}`}>
              <path d={strokes(l.points, period, x, y)} />
              {l.points.map((p, j) => alone(l.points, j) && <circle key={p.at} cx={x(p.at)} cy={y(p.value)} r={2} />)}
            </g>
          ))}
        </svg>
      )}
      <table className="legend">
        <caption className="unseen">{title}</caption>
        <tbody>
          {lines.map((l, i) => (
            <tr key={l.label}>
              <th scope="row">
                <span className={`dot color-${i % colors}`} aria-hidden="true" />
                {l.label}
              </th>
              <td className="num">{l.points.length === 0 ? "–" : format(sum ? l.points.reduce((n, p) => n + p.value, 0) : l.points.at(-1)!.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
