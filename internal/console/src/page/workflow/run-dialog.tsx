import { useState } from "react";
import { useLocation } from "wouter";
import { type RunRequest, useRun } from "../../api/workflow";
import { keptPrefix } from "../../session/session";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Checkbox, Select, TextArea } from "../../ui/field";
import { Notice, ProblemNotice } from "../../ui/state";
import { kindOf } from "../../workflow/kind";
import type { Workflow } from "../../workflow/type";

interface RunDialogProps {
  id: string;
  workflow: Workflow;
  changed: boolean;
  onClose: () => void;
}

/** How long an input may be that the tab keeps, in characters. */
const mostKept = 20_000;

/** RunDialog asks for the input, starts a run and goes to where it can be watched. */
export function RunDialog({ id, workflow, changed, onClose }: RunDialogProps) {
  const starts = workflow.nodes.filter((n) => kindOf(n.type) === "trigger" && !n.disabled);
  const pins = Object.keys(workflow.pinData ?? {}).length;
  const [start, setStart] = useState("");
  const keptAt = `${keptPrefix}input.${id}`;
  const [input, setInput] = useState(() => sessionStorage.getItem(keptAt) ?? "{}");
  const [pinned, setPinned] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const run = useRun(id);
  const [, go] = useLocation();

  const begin = () => {
    const body: RunRequest = {};
    try {
      if (input.trim() !== "") body.input = JSON.parse(input);
    } catch (error) {
      setWrong(`This is no JSON: ${(error as Error).message}`);
      return;
    }
    if (start) body.startNode = start;
    if (pinned) body.test = {};
    // The next run most often wants the same; a tab has room for small ones.
    if (input.length < mostKept) sessionStorage.setItem(keptAt, input);
    run.mutate(body, { onSuccess: (job) => go(`/executions/${job.jobId}`) });
  };
  const footer = (
    <>
      <Button onClick={onClose}>Not now</Button>
      <Button look="main" icon="play" busy={run.isPending} onClick={begin}>
        Run
      </Button>
    </>
  );
  return (
    <Dialog title={`Run “${workflow.name}”`} onClose={onClose} footer={footer}>
      {changed && <Notice tone="warn">What you changed is not saved: this runs version {workflow.version} as it was saved.</Notice>}
      {starts.length > 1 && (
        <Select
          label="Start at"
          value={start}
          onChange={(e) => setStart(e.target.value)}
          choices={[{ value: "", label: "Where the platform chooses" }, ...starts.map((n) => ({ value: n.name, label: n.name }))]}
        />
      )}
      <TextArea
        label="Input"
        mono
        rows={8}
        value={input}
        wrong={wrong}
        hint="JSON that the first node gets: an object is one item, a list is one item each."
        onChange={(e) => {
          setInput(e.target.value);
          setWrong(null);
        }}
      />
      {pins > 0 && <Checkbox label={`Test run: the ${pins} nodes with pinned data give that and do not run`} checked={pinned} onChange={(e) => setPinned(e.target.checked)} />}
      {run.isError && <ProblemNotice error={run.error} />}
    </Dialog>
  );
}
