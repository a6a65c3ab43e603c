import { useState } from "react";
import { Link } from "wouter";
import { useCan } from "../../api/account";
import { type Schedule, useEndSchedule, useSchedules } from "../../api/schedule";
import { useWorkflowNames } from "../../api/workflow";
import { cronWords } from "../../text/cron";
import { fullTime } from "../../text/time";
import { Button } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded, Notice } from "../../ui/state";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { NewScheduleDialog } from "./new-schedule";

export default function Schedules() {
  const schedules = useSchedules();
  const mayEdit = useCan("editor");
  const [making, setMaking] = useState(false);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Schedules</h1>
          <p className="lead">What starts by time: schedule triggers of active workflows, and schedules made here.</p>
        </div>
        {mayEdit && (
          <Button look="main" icon="plus" onClick={() => setMaking(true)}>
            New schedule
          </Button>
        )}
      </header>
      <section className="card scroll-x" aria-label="Schedules" tabIndex={0}>
        <Loaded of={schedules}>
          {(data) =>
            data.items.length === 0 ? (
              <EmptyState icon="clock" title="Nothing starts by time">
                Activate a workflow with a schedule trigger, or make a schedule for any workflow.
              </EmptyState>
            ) : (
              <ScheduleTable schedules={data.items} mayEdit={mayEdit} />
            )
          }
        </Loaded>
      </section>
      {making && <NewScheduleDialog onClose={() => setMaking(false)} />}
    </div>
  );
}

function ScheduleTable({ schedules, mayEdit }: { schedules: Schedule[]; mayEdit: boolean }) {
  const names = useWorkflowNames();
  const [ending, setEnding] = useState<Schedule | null>(null);
  const end = useEndSchedule();
  return (
    <>
      <PlainTable>
        <thead>
          <tr>
            <th>Workflow</th>
            <th>When</th>
            <th>Next run</th>
            <th>Made by</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {schedules.map((s) => (
            <tr key={s.id}>
              <td>
                <Link href={`/workflows/${s.workflowId}`}>
                  <strong>{names.get(s.workflowId) ?? s.workflowId}</strong>
                </Link>
                {s.name && <div className="small muted">{s.name}</div>}
                {s.poll && <PollState poll={s.poll} />}
              </td>
              <td>
                {cronWords(s.expression) ?? <code>{s.expression}</code>}
                <div className="small muted" title={s.expression}>
                  {s.timezone}
                  {s.every && s.every > 1 ? `, each ${s.every} ${s.unit}` : ""}
                </div>
              </td>
              <td>
                {s.nextRunAt ? (
                  <>
                    <Ago at={s.nextRunAt} />
                    <div className="small muted">{fullTime(s.nextRunAt)}</div>
                  </>
                ) : (
                  <span className="muted">never again</span>
                )}
              </td>
              <td>{s.node ? <Badge tone="info">{s.node}</Badge> : <Badge>a person</Badge>}</td>
              <td className="right">
                {mayEdit && !s.node && (
                  <Button small look="danger" onClick={() => setEnding(s)}>
                    Delete
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
      {ending && (
        <Confirm
          title="Delete this schedule?"
          action="Delete schedule"
          danger
          busy={end.isPending}
          error={end.error}
          onClose={() => (end.reset(), setEnding(null))}
          onConfirm={() => end.mutate(ending.id, { onSuccess: () => (toast("The schedule was deleted."), setEnding(null)) })}
        >
          “{names.get(ending.workflowId) ?? ending.workflowId}” no longer starts by it. Runs that are under way go on.
        </Confirm>
      )}
    </>
  );
}

/** PollState says how a trigger that asks a service gets on. */
function PollState({ poll }: { poll: NonNullable<Schedule["poll"]> }) {
  if (!poll.failure) {
    return <div className="small muted">{poll.foundAt ? <>found something new <Ago at={poll.foundAt} /></> : poll.polledAt ? "nothing new yet" : "not asked yet"}</div>;
  }
  return (
    <Notice tone="bad">
      {poll.failure.message} <span className="small">Since <Ago at={poll.failure.since} />, {poll.failure.count} {poll.failure.count === 1 ? "time" : "times"}; nothing is lost.</span>
    </Notice>
  );
}
