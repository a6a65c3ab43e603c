import { useState } from "react";
import { useLocation } from "wouter";
import { type Execution, type NodeRow, type Repeated, useCancel, usePreview, useResume, useRetry } from "../api/execution";
import { runPage, useOwner } from "../api/owner";
import type { Workflow } from "../workflow/type";
import { iconOf } from "../workflow/kind";
import { Button } from "../ui/button";
import { Confirm, Dialog } from "../ui/dialog";
import { Select } from "../ui/field";
import { Icon } from "../ui/icon";
import { Badge, Loaded, Notice, ProblemNotice, type Tone } from "../ui/state";
import { toast } from "../ui/toast";
import "./run.css";

interface ActionProps {
  execution: Execution;
  onClose: () => void;
}

/** Whose says to an operator that the run is somebody else's. */
function Whose() {
  const owner = useOwner();
  if (!owner) return null;
  return (
    <p className="small muted">
      The run belongs to the tenant <span className="mono">{owner}</span>. What you do is put on record.
    </p>
  );
}

const unknownOutcome = "NODE_OUTCOME_UNKNOWN";

/** ResumeDialog goes on from where the run failed; where it is not known what a call did, a person decides. */
export function ResumeDialog({ execution, current, onClose }: ActionProps & { current: Workflow | undefined }) {
  const asks = execution.error?.code === unknownOutcome;
  const newer = current?.version !== undefined && current.version > execution.version;
  const [decision, setDecision] = useState<"retry" | "skip" | null>(null);
  const [version, setVersion] = useState(String(execution.version));
  const resume = useResume();
  const begin = () =>
    resume.mutate(
      { id: execution.id, ...(decision ? { unknownOutcome: decision } : {}), ...(Number(version) !== execution.version ? { version: Number(version) } : {}) },
      { onSuccess: () => (toast("It goes on from where it failed."), onClose()) },
    );
  const footer = (
    <>
      <Button onClick={onClose}>Not now</Button>
      <Button look="main" icon="forward" disabled={asks && decision === null} busy={resume.isPending} onClick={begin}>
        Resume
      </Button>
    </>
  );
  return (
    <Dialog title="Resume the run" onClose={onClose} footer={footer}>
      <p>It goes on at “{execution.error?.node ?? "the node that failed"}”. Nodes that completed are not run again, and it does not count as a run of the month.</p>
      {asks && <Decision node={execution.error?.node ?? "the node"} value={decision} onChange={setDecision} />}
      {newer && (
        <Select
          label="With which version"
          value={version}
          onChange={(e) => setVersion(e.target.value)}
          hint="Take the newer one if you corrected the workflow."
          choices={[
            { value: String(execution.version), label: `Version ${execution.version}, as it ran` },
            { value: String(current.version), label: `Version ${current.version}, the current one` },
          ]}
        />
      )}
      <Whose />
      {resume.isError && <ProblemNotice error={resume.error} />}
    </Dialog>
  );
}

function Decision({ node, value, onChange }: { node: string; value: "retry" | "skip" | null; onChange: (value: "retry" | "skip") => void }) {
  const choice = (it: "retry" | "skip", title: string, text: string) => (
    <label className="choice">
      <input type="radio" name="decision" checked={value === it} onChange={() => onChange(it)} />
      <span>
        <strong>{title}</strong>
        <br />
        <span className="muted small">{text}</span>
      </span>
    </label>
  );
  return (
    <fieldset className="plain-set stack tight">
      <legend>
        <Notice tone="warn">The call of “{node}” was sent, and no answer came. Look on the other side whether it had its effect, then decide.</Notice>
      </legend>
      {choice("retry", "Repeat the call", "It did not arrive, or doing it twice does no harm.")}
      {choice("skip", "Go on without it", "It had its effect already. The node is skipped: what came in goes on to the nodes behind it.")}
    </fieldset>
  );
}

const effects: Record<Repeated["effect"], { tone: Tone; text: string }> = {
  unsafe: { tone: "bad", text: "may change something again" },
  compute: { tone: "warn", text: "costs tokens again" },
  safe: { tone: "ok", text: "only reads" },
};

/** RetryDialog starts a new run from this one, and shows first which effects would happen again. */
export function RetryDialog({ execution, ran: rows, from, onClose }: ActionProps & { ran?: NodeRow[]; from: string | null }) {
  const [node, setNode] = useState(from ?? "");
  const preview = usePreview(execution.id, node || null);
  const retry = useRetry();
  const [, go] = useLocation();
  const owner = useOwner();
  const ran = [...new Set(rows?.map((n) => n.name))];
  const begin = () => retry.mutate({ id: execution.id, fromNode: node || null }, { onSuccess: (job) => (onClose(), go(runPage(owner, job.jobId))) });
  const footer = (
    <>
      <Button onClick={onClose}>Not now</Button>
      <Button look="main" icon="retry" busy={retry.isPending} disabled={!preview.isSuccess} onClick={begin}>
        Start new run
      </Button>
    </>
  );
  return (
    <Dialog title="Retry as a new run" onClose={onClose} footer={footer} width={560}>
      {owner === null ? (
        <Select
          label="Start from"
          value={node}
          onChange={(e) => setNode(e.target.value)}
          hint={node ? "What ran before this node is kept and not run again." : "Every node runs again, with the same input."}
          choices={[{ value: "", label: "The beginning" }, ...ran.map((name) => ({ value: name, label: name }))]}
        />
      ) : (
        <p>A new run starts from the beginning, with the same input. It counts as a run of the tenant's month.</p>
      )}
      <Loaded of={preview} lines={2}>{(data) => <Effects nodes={data.nodes} />}</Loaded>
      <Whose />
      {retry.isError && <ProblemNotice error={retry.error} />}
    </Dialog>
  );
}

function Effects({ nodes }: { nodes: Repeated[] }) {
  if (nodes.length === 0) return <Notice tone="ok">Nothing outside the workflow happens twice.</Notice>;
  return (
    <section aria-label="What happens again">
      <h3>These calls happen again</h3>
      <ul className="effects">
        {nodes.map((n) => (
          <li key={`${n.name}/${n.runIndex}`}>
            <Icon name={iconOf(n.type)} size={16} />
            <span className="grow clip">
              {n.name}
              {n.runIndex > 0 && <span className="muted"> run {n.runIndex + 1}</span>}
            </span>
            <Badge tone={effects[n.effect].tone}>{effects[n.effect].text}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function CancelDialog({ execution, onClose }: ActionProps) {
  const cancel = useCancel();
  return (
    <Confirm
      title="Cancel this run?"
      action="Cancel the run"
      danger
      busy={cancel.isPending}
      error={cancel.error}
      onClose={onClose}
      onConfirm={() => cancel.mutate(execution.id, { onSuccess: () => (toast("Cancelled: nothing new starts."), onClose()) })}
    >
      <p>Nothing new starts. A call that is under way now is let to its end, and what it did stays done.</p>
      <Whose />
    </Confirm>
  );
}
