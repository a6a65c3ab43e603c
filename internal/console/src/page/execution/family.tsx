import { Link } from "wouter";
import type { ExecutionDetail } from "../../api/execution";
import { runPage, useOwner } from "../../api/owner";
import { count, money } from "../../text/number";
import { Status } from "../../ui/state";

/** Family links a run with the run that started it and the runs that it started. */
export function Family({ execution: e }: { execution: ExecutionDetail }) {
  const owner = useOwner();
  if (!e.parent && !e.children?.length) return null;
  return (
    <section className="card" aria-label="Related runs">
      <div className="card-head">
        <h2>Related runs</h2>
        {e.subRuns && (
          <span className="muted small num">
            {count(e.subRuns.count)} sub-runs took {count(e.subRuns.tokens)} tokens, {money(e.subRuns.costUsd)}
          </span>
        )}
      </div>
      <ul className="related">
        {e.parent && (
          <li>
            <span className="muted small">Started by node {e.parent.node} of</span>{" "}
            <Link className="mono" href={runPage(owner, e.parent.executionId)}>
              {e.parent.executionId}
            </Link>
          </li>
        )}
        {e.children?.map((c) => (
          <li key={`${c.node} ${c.runIndex} ${c.item}`}>
            <span className="muted small">
              {c.node} #{c.item + 1}
            </span>{" "}
            {c.executionId ? (
              <Link className="mono" href={runPage(owner, c.executionId)}>
                {c.executionId}
              </Link>
            ) : (
              <span className="small">{c.error?.message}</span>
            )}{" "}
            {c.status ? <Status value={c.status} /> : c.executionId && <span className="muted small">no longer kept</span>}
          </li>
        ))}
        {e.moreChildren && <li className="muted small">There are more.</li>}
      </ul>
    </section>
  );
}
