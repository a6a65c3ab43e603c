import { Link } from "wouter";
import type { ExecutionDetail } from "../../api/execution";
import { runPage, useOwner } from "../../api/owner";
import { detailOf } from "../../run/state";
import { adviceOf } from "../../text/advice";
import { count, money } from "../../text/number";
import { duration, fullTime, zone } from "../../text/time";
import { Icon } from "../../ui/icon";
import { Elapsed } from "../../ui/time";
import "../../run/run.css";

const triggers: Record<string, string> = { api: "API or console", webhook: "Webhook", form: "Form", chat: "Chat", schedule: "Schedule", retry: "Retry", error: "Error workflow", workflow: "Another workflow" };

/** Facts are a run's figures in one line. */
export function Facts({ execution: e }: { execution: ExecutionDetail }) {
  const waited = e.startedAt ? Date.parse(e.startedAt) - Date.parse(e.queuedAt) : null;
  const facts: [string, React.ReactNode][] = [
    ["Queued", <time key="q" dateTime={e.queuedAt} title={zone}>{fullTime(e.queuedAt)}</time>],
    ["Waited", waited === null ? <Elapsed key="w" since={e.queuedAt} /> : duration(waited)],
    ["Took", !e.startedAt ? "—" : e.finishedAt ? duration(e.durationMs) : <Elapsed key="t" since={e.startedAt} />],
    ["Started by", triggers[e.trigger] ?? e.trigger],
    ...(e.given ? [] : [["Version", e.version] as [string, React.ReactNode]]),
    ["AI tokens", e.tokens > 0 ? count(e.tokens) : "—"],
    ["Cost", e.costUsd > 0 ? <span key="c" title="AI calls, and an estimate of what the platform itself took">{money(e.costUsd)}</span> : "—"],
  ];
  if (e.generation > 1) facts.push(["Queued anew", `${e.generation - 1}×`]);
  return (
    <dl className="card facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Failure says in plain words why the run failed and what to do. */
export function Failure({ execution, onNode }: { execution: ExecutionDetail; onNode: (name: string) => void }) {
  const error = execution.error!;
  const owner = useOwner();
  const advice = adviceOf(error.code, owner === null ? "run" : "operator");
  const detail = detailOf(execution);
  const child = execution.children?.findLast((c) => c.executionId && c.node === error.node && c.status === "failed");
  return (
    <section className="failure" aria-label="Why it failed">
      <Icon name="warn" size={20} />
      <div className="grow">
        <h2>{advice.title}</h2>
        {error.node && (
          <div className="small">
            at{" "}
            <button type="button" className="text-link" onClick={() => onNode(error.node!)}>
              {error.node}
            </button>
          </div>
        )}
        <div className="said">{detail ? `${error.message}\n\n${detail}` : error.message}</div>
        {child ? (
          <p>
            <Link className="text-link" href={runPage(owner, child.executionId!)}>
              Open the sub-workflow's run
            </Link>{" "}
            to see what failed there. Resuming this run resumes that one.
          </p>
        ) : (
          <p>{advice.todo}</p>
        )}
        <p className="small muted">
          Code <code>{error.code}</code>
        </p>
      </div>
    </section>
  );
}
