import { useState } from "react";
import { type ScheduleRequest, useMakeSchedule } from "../../api/schedule";
import { useWorkflowNames } from "../../api/workflow";
import { zone } from "../../text/time";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field, Select, TextArea } from "../../ui/field";
import { ProblemNotice } from "../../ui/state";
import { toast } from "../../ui/toast";

const usual = [
  { value: "0 * * * *", label: "Every hour" },
  { value: "0 9 * * *", label: "Every day at 9:00" },
  { value: "0 9 * * 1-5", label: "Every weekday at 9:00" },
  { value: "0 9 * * 1", label: "Every Monday at 9:00" },
  { value: "0 9 1 * *", label: "The first of each month at 9:00" },
  { value: "", label: "Other, as a cron expression" },
];

/** NewScheduleDialog starts a workflow by a cron expression. */
export function NewScheduleDialog({ onClose }: { onClose: () => void }) {
  const names = useWorkflowNames();
  const [workflowId, setWorkflow] = useState("");
  const [preset, setPreset] = useState(usual[1]!.value);
  const [cron, setCron] = useState("*/15 * * * *");
  const [timezone, setTimezone] = useState(zone);
  const [input, setInput] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const make = useMakeSchedule();
  const save = () => {
    const body: ScheduleRequest = { workflowId, cron: preset || cron.trim(), timezone: timezone.trim() };
    try {
      if (input.trim()) body.input = JSON.parse(input);
    } catch (error) {
      setWrong(`This is no JSON: ${(error as Error).message}`);
      return;
    }
    make.mutate(body, { onSuccess: () => (toast("The schedule is set."), onClose()) });
  };
  return (
    <Dialog
      title="New schedule"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" busy={make.isPending} disabled={workflowId === ""} onClick={save}>
            Set schedule
          </Button>
        </>
      }
    >
      <Select label="Workflow" value={workflowId} onChange={(e) => setWorkflow(e.target.value)} choices={[{ value: "", label: "Choose one" }, ...[...names].map(([value, label]) => ({ value, label }))]} />
      <Select label="When" value={preset} onChange={(e) => setPreset(e.target.value)} choices={usual} />
      {preset === "" && <Field label="Cron expression" value={cron} hint="Five fields: minute, hour, day, month, weekday." onChange={(e) => setCron(e.target.value)} />}
      <Field label="Time zone" value={timezone} hint="An IANA name, such as Asia/Colombo." onChange={(e) => setTimezone(e.target.value)} />
      <TextArea
        label="Input"
        mono
        rows={3}
        value={input}
        wrong={wrong}
        hint="JSON for the first node; may be left empty."
        onChange={(e) => {
          setInput(e.target.value);
          setWrong(null);
        }}
      />
      {make.isError && <ProblemNotice error={make.error} />}
    </Dialog>
  );
}
