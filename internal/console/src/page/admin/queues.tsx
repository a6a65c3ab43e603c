import { type QueueState, useQueues, useRedrive } from "../../api/admin";
import { count } from "../../text/number";
import { duration } from "../../text/time";
import { Button } from "../../ui/button";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, Loaded } from "../../ui/state";
import { toast, toastError } from "../../ui/toast";

/** Queues are the plans' queues with their dead letters. */
export default function Queues() {
  const queues = useQueues();
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Queues</h1>
          <p className="lead">One queue a plan. Messages that could not be handled end as dead letters; moving them back handles them again.</p>
        </div>
      </header>
      <section className="card scroll-x" aria-label="Queues" tabIndex={0}>
        <Loaded of={queues}>{(data) => <QueueTable queues={data.items} />}</Loaded>
      </section>
    </div>
  );
}

export function QueueTable({ queues }: { queues: QueueState[] }) {
  const redrive = useRedrive();
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>Plan</th>
          <th className="right">Waiting</th>
          <th className="right">In flight</th>
          <th className="right">Delayed</th>
          <th className="right">Oldest</th>
          <th className="right">Dead letters</th>
          <ActionsHead />
        </tr>
      </thead>
      <tbody>
        {queues.map((q) => (
          <tr key={q.plan}>
            <td>
              <strong>{q.plan}</strong>
            </td>
            <td className="right num">{count(q.visible)}</td>
            <td className="right num">{count(q.inFlight)}</td>
            <td className="right num">{count(q.delayed)}</td>
            <td className="right num">{q.oldestMs === null ? "—" : duration(q.oldestMs)}</td>
            <td className="right">{q.deadLetters > 0 ? <Badge tone="bad">{count(q.deadLetters)}</Badge> : <span className="num">0</span>}</td>
            <td className="right">
              <Button small disabled={q.deadLetters === 0 || redrive.isPending} onClick={() => redrive.mutate(q.plan, { onSuccess: () => toast("The dead letters are on their way back."), onError: toastError })}>
                Move back
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}
