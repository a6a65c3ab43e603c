import { useEffect } from "react";
import { Link } from "wouter";
import { type ExecutionDetail, useExecution, useRunOutput } from "../../../api/execution";
import { asProblem } from "../../../api/problem";
import type { Schema } from "../../../api/client";
import { detailOf } from "../../../run/state";
import { adviceOf } from "../../../text/advice";
import { Button } from "../../../ui/button";
import { Icon } from "../../../ui/icon";
import { type Line, wordsOf } from "./session";

interface AnswerProps {
  line: Line;
  /** The run has ended: with an answer, or without one. */
  onEnd: (how: Pick<Line, "text" | "failed">) => void;
  onAgain: () => void;
}

/** Answer is what the workflow says to a message, and until then how far its run is. */
export function Answer({ line, onEnd, onAgain }: AnswerProps) {
  return (
    <div className="message workflow">
      <span className="who">Workflow</span>
      {line.text !== undefined ? <p>{line.text}</p> : <Pending run={line.run!} onEnd={onEnd} onAgain={onAgain} />}
      <Link className="small" href={`/executions/${line.run}`}>
        Open the run
      </Link>
    </div>
  );
}

function Pending({ run, onEnd, onAgain }: { run: string } & Omit<AnswerProps, "line">) {
  const execution = useExecution(run);
  const done = execution.data?.status === "completed";
  const output = useRunOutput(run, done);
  const status = execution.data?.status;
  const failed = status === "failed" || status === "cancelled";
  useEffect(() => {
    if (failed) onEnd({ failed: true });
    else if (output.data) onEnd({ text: answerOf(output.data) });
    // What is told is told once; that the handler is another one each time is no news.
  }, [failed, output.data]);

  const error = execution.error ?? output.error;
  if (error) return <Problem text={asProblem(error).detail} onAgain={() => void (execution.error ? execution.refetch() : output.refetch())} />;
  if (failed) return <Failed execution={execution.data!} onAgain={onAgain} />;
  return (
    <p className="muted" aria-busy="true">
      <span className="spin" /> {doing(execution.data)}
    </p>
  );
}

function answerOf(job: Schema["JobStatus"]): string {
  if (job.outputTooLarge) return "The answer is too large to be shown here. Open the run to read it.";
  return wordsOf(job.output) || "The workflow ended without an answer: its last node gave no items.";
}

/** doing says in words what a run does now. */
function doing(execution: ExecutionDetail | undefined): string {
  if (!execution || execution.status === "queued") return "Waiting for a free slot…";
  if (execution.status === "waiting") return "Waiting: a node asked to go on later.";
  const running = execution.nodes.filter((n) => n.status === "running").map((n) => n.name);
  return running.length > 0 ? `${running.join(", ")} is at work…` : "Working…";
}

function Failed({ execution, onAgain }: { execution: ExecutionDetail; onAgain: () => void }) {
  const advice = adviceOf(execution.error?.code ?? "CANCELLED", "chat");
  const at = execution.error?.node ? ` at ${execution.error.node}` : "";
  const text = [execution.error?.message, detailOf(execution)].filter(Boolean).join("\n\n");
  return <Problem title={`${advice.title}${at}`} text={text} todo={advice.todo} onAgain={onAgain} />;
}

interface ProblemProps {
  title?: string;
  text: string;
  todo?: string;
  onAgain: () => void;
}

/** Problem says why there is no answer, and offers to ask again. */
export function Problem({ title = "No answer", text, todo, onAgain }: ProblemProps) {
  return (
    <div className="no-answer">
      <strong className="row">
        <Icon name="warn" size={16} />
        {title}
      </strong>
      {text && <p>{text}</p>}
      {todo && <p className="muted small">{todo}</p>}
      <Button small icon="retry" onClick={onAgain}>
        Send again
      </Button>
    </div>
  );
}
