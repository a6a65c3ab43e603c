import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { adviceOf } from "../text/advice";
import { Button, LinkButton } from "./button";
import { Icon, type IconName } from "./icon";
import "./state.css";

/** EmptyState says why there is nothing and what to do first. */
export function EmptyState({ icon, title, children, action }: { icon: IconName; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <span className="glyph">
        <Icon name={icon} size={24} />
      </span>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action && <div className="row wrap">{action}</div>}
    </div>
  );
}

interface ErrorStateProps {
  error: unknown;
  retry?: () => void;
  /** Where to go from a page that has nothing without its content. */
  back?: { href: string; title: string };
}

/** ErrorState stands where content could not be loaded. */
export function ErrorState({ error, retry, back }: ErrorStateProps) {
  const problem = asProblem(error);
  return (
    <div className="empty bad" role="alert">
      <span className="glyph">
        <Icon name="warn" size={24} />
      </span>
      <h2>{adviceOf(problem.code).title}</h2>
      <p>{problem.detail}</p>
      <div className="row wrap">
        {retry && problem.status !== 404 && (
          <Button icon="retry" onClick={retry}>
            Try again
          </Button>
        )}
        {back && <LinkButton href={back.href}>{back.title}</LinkButton>}
      </div>
    </div>
  );
}

/** Skeleton stands where content comes. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div className="skeletons" aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="skeleton" style={{ width: `${94 - ((i * 23) % 45)}%` }} />
      ))}
    </div>
  );
}

/** PageLoading stands for a whole page that comes. */
export function PageLoading() {
  return (
    <div className="page">
      <Skeleton lines={8} />
    </div>
  );
}

/** PageError stands for a whole page that could not be loaded. */
export function PageError(props: ErrorStateProps) {
  return (
    <div className="page">
      <div className="card">
        <ErrorState {...props} />
      </div>
    </div>
  );
}

export type Tone = "ok" | "bad" | "warn" | "info" | "quiet";

/** Notice is a message within a page. */
export function Notice({ tone = "info", children }: { tone?: Exclude<Tone, "quiet">; children: ReactNode }) {
  const icon: IconName = tone === "ok" ? "check" : tone === "info" ? "info" : "warn";
  return (
    <div className={`notice ${tone}`} role={tone === "bad" ? "alert" : undefined}>
      <Icon name={icon} />
      <div className="body">{children}</div>
    </div>
  );
}

/** ProblemNotice shows why the API refused what was asked, with the fields. */
export function ProblemNotice({ error }: { error: unknown }) {
  const problem = asProblem(error);
  const advice = adviceOf(problem.code);
  return (
    <Notice tone="bad">
      <strong>{advice.title}</strong>
      <div>{problem.detail}</div>
      {problem.fields.length > 1 && (
        <ul className="small">
          {problem.fields.slice(0, 12).map((f, i) => (
            <li key={i}>
              <code>{f.location}</code> {f.message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

export function Badge({ tone = "quiet", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** The statuses of executions and of node runs, with what they look like. */
const statuses: Record<string, { tone: Tone; text: string; live?: boolean }> = {
  queued: { tone: "quiet", text: "Queued" },
  pending: { tone: "quiet", text: "Pending" },
  running: { tone: "info", text: "Running", live: true },
  waiting: { tone: "warn", text: "Waiting" },
  completed: { tone: "ok", text: "Completed" },
  failed: { tone: "bad", text: "Failed" },
  cancelled: { tone: "quiet", text: "Cancelled" },
  skipped: { tone: "quiet", text: "Skipped" },
};

export function statusText(status: string): string {
  return statuses[status]?.text ?? status;
}

export function Status({ value }: { value: string }) {
  const look = statuses[value] ?? { tone: "quiet" as const, text: value };
  return (
    <span className={`badge ${look.tone}`}>
      <span className={look.live ? "dot live" : "dot"} />
      {look.text}
    </span>
  );
}

/** Asked is what Loaded has to know of a query. */
interface Asked<T> {
  data: T | undefined;
  error: unknown;
  /** It failed, and brought nothing before. What it brought stays in sight when a later refresh fails. */
  isLoadingError: boolean;
  refetch: () => unknown;
}

/** Loaded shows what a query brought: before that a skeleton, and an error with a way to try again. */
export function Loaded<T>({ of, lines, children }: { of: Asked<T>; lines?: number; children: (data: T) => ReactNode }) {
  if (of.isLoadingError) return <ErrorState error={of.error} retry={() => void of.refetch()} />;
  return of.data === undefined ? <Skeleton lines={lines} /> : children(of.data);
}
