import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { useCan } from "../../api/account";
import { type ExecutionDetail, isOpen, useRunWorkflow } from "../../api/execution";
import { useNodeTypes } from "../../api/nodetype";
import { useOwner } from "../../api/owner";
import { useWorkflow } from "../../api/workflow";
import { Graph } from "../../graph/graph";
import { CancelDialog, ResumeDialog, RetryDialog } from "../../run/action";
import { NodeRunPanel } from "../../run/node-run";
import { statesOf } from "../../run/state";
import { type Chosen, Timeline } from "../../run/timeline";
import { Button } from "../../ui/button";
import { Badge, EmptyState, Skeleton, Status } from "../../ui/state";
import type { Workflow } from "../../workflow/type";
import "../workflow/workflow.css";
import { Facts, Failure } from "./facts";
import { Family } from "./family";

type Asking = { what: "resume" | "cancel" } | { what: "retry"; from: string | null };

interface RunProps {
  execution: ExecutionDetail;
  live: boolean;
  /** What stands above the run, beside its id. */
  above: ReactNode;
  /** What the viewer should know before looking on. */
  note?: ReactNode;
}

/** Run shows one run: its graph, its timeline, why it failed, and what can be done. Members see their own, operators anybody's. */
export function Run({ execution, live, above, note }: RunProps) {
  const operator = useOwner() !== null;
  const workflow = useRunWorkflow(execution.id);
  const current = useWorkflow(operator ? "" : execution.workflowId);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const mayAct = useCan("editor") || operator;
  const open = isOpen(execution.status);
  useOpenAtFailure(execution, setChosen);

  return (
    <div className="page full">
      <div className="crumbs">
        {above} / <span className="mono clip">{execution.id}</span>
      </div>
      <header className="page-head">
        <div className="title-row">
          <h1>
            <Name execution={execution} workflow={workflow.data} linked={!operator} />
          </h1>
          <Status value={execution.status} />
          {execution.given && <Badge>held in a node of the run above it</Badge>}
          {execution.test && <Badge tone="info">test run</Badge>}
          {execution.cancelAsked && open && <Badge tone="warn">cancel asked</Badge>}
          {open && live && <Badge tone="ok">live</Badge>}
        </div>
        {mayAct && (
          <div className="row wrap">
            {open ? (
              <Button look="danger" icon="stop" onClick={() => setAsking({ what: "cancel" })}>
                Cancel
              </Button>
            ) : (
              <Button icon="retry" onClick={() => setAsking({ what: "retry", from: null })}>
                Retry
              </Button>
            )}
            {execution.status === "failed" && (
              <Button look="main" icon="forward" onClick={() => setAsking({ what: "resume" })}>
                Resume
              </Button>
            )}
          </div>
        )}
      </header>
      {note}
      <Facts execution={execution} />
      {execution.error && <Failure execution={execution} onNode={(name) => setChosen({ name, run: Infinity })} />}
      <Sight execution={execution} workflow={workflow} chosen={chosen} onChoose={setChosen} onRetryFrom={mayAct && !operator && !open ? (from) => setAsking({ what: "retry", from }) : undefined} />
      <Family execution={execution} />
      <section className="card" aria-label="Timeline">
        <div className="card-head">
          <h2>Timeline</h2>
          <span className="muted small num">
            {execution.progress.completed} of {execution.progress.total} nodes
          </span>
        </div>
        <Timeline execution={execution} chosen={chosen} onChoose={setChosen} />
      </section>
      {asking?.what === "resume" && <ResumeDialog execution={execution} current={execution.given ? undefined : current.data} onClose={() => setAsking(null)} />}
      {asking?.what === "retry" && <RetryDialog execution={execution} ran={execution.nodes} from={asking.from} onClose={() => setAsking(null)} />}
      {asking?.what === "cancel" && <CancelDialog execution={execution} onClose={() => setAsking(null)} />}
    </div>
  );
}

/** Name leads to the workflow, unless it is one that only its parent's node holds. */
function Name({ execution, workflow, linked }: { execution: ExecutionDetail; workflow?: Workflow; linked: boolean }) {
  if (execution.given) return workflow?.name || "Sub-workflow";
  if (!linked) return workflow?.name || "Run";
  return workflow ? <Link href={`/workflows/${execution.workflowId}`}>{workflow.name}</Link> : "Run";
}

interface SightProps {
  execution: ExecutionDetail;
  workflow: ReturnType<typeof useRunWorkflow>;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen | null) => void;
  onRetryFrom?: (name: string) => void;
}

/** Sight is the graph of the run with the panel of the node that is chosen. */
function Sight({ execution, workflow, chosen, onChoose, onRetryFrom }: SightProps) {
  const { byType, loaded } = useNodeTypes();
  const states = useMemo(() => statesOf(execution.nodes), [execution.nodes]);
  const selected = useMemo(() => new Set(chosen ? [chosen.name] : []), [chosen]);
  const select = useCallback(
    (names: ReadonlySet<string>) => {
      const [name] = names;
      if (name !== chosen?.name) onChoose(name === undefined ? null : { name, run: Infinity });
    },
    [chosen, onChoose],
  );
  const type = workflow.data?.nodes.find((n) => n.name === chosen?.name)?.type ?? "";
  return (
    <div className={chosen ? "canvas run-canvas with-panel" : "canvas run-canvas"}>
      <div className="canvas-graph">
        {workflow.data ? (
          <Graph label="Graph of the run" workflow={workflow.data} types={byType} typesLoaded={loaded} states={states} selected={selected} onSelect={select} />
        ) : workflow.isError ? (
          <EmptyState icon="workflow" title="The workflow was deleted">
            Its graph is gone. What ran is in the timeline below.
          </EmptyState>
        ) : (
          <Skeleton />
        )}
      </div>
      {chosen && (
        <NodeRunPanel
          key={chosen.name}
          execution={execution}
          workflow={workflow.data}
          chosen={chosen}
          outputNames={byType.get(type)?.outputs ?? []}
          typeName={byType.get(type)?.name}
          onChoose={onChoose}
          onClose={() => onChoose(null)}
          onRetryFrom={onRetryFrom && states.has(chosen.name) ? () => onRetryFrom(chosen.name) : undefined}
        />
      )}
    </div>
  );
}

/** useOpenAtFailure opens the panel of the node that failed, once, on screens with room for it. */
function useOpenAtFailure(execution: ExecutionDetail, choose: (chosen: Chosen) => void) {
  const node = execution.error?.node;
  useEffect(() => {
    if (node && matchMedia("(min-width: 861px)").matches) choose({ name: node, run: Infinity });
  }, [node, choose]);
}
