import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type AdminAction, type AdminFilter, bulk, type BulkAnswer, type BulkRequest, useTenantNames } from "../../api/admin";
import { plural } from "../../text/number";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import { Notice, ProblemNotice, statusText } from "../../ui/state";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import "./admin.css";

const actions: { value: AdminAction; label: string }[] = [
  { value: "resume", label: "Resume the failed ones" },
  { value: "retry", label: "Retry from the beginning" },
  { value: "cancel", label: "Kill what is queued, waits or runs" },
];

/** What becomes of calls of which it is not known whether they arrived. */
const unknowns = [
  { value: "", label: "Leave these runs as they are" },
  { value: "retry", label: "Repeat the call" },
  { value: "skip", label: "Go on without it" },
];

/** How many runs of an answer are shown. */
const mostShown = 5;

/** BulkDialog acts on all executions that match: it shows which first, and asks again. */
export function BulkDialog({ filter, onClose }: { filter: AdminFilter; onClose: () => void }) {
  const [action, setAction] = useState<AdminAction>("resume");
  const [wanted, setWanted] = useState({ tenant: filter.tenant ?? "", workflowId: "", error: filter.error ?? "" });
  const [unknown, setUnknown] = useState("");
  const [seen, setSeen] = useState<BulkAnswer | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const cache = useQueryClient();

  const request = (dryRun: boolean): BulkRequest => ({ action, dryRun, ...(action === "resume" && unknown ? { unknownOutcome: unknown as "retry" | "skip" } : {}), filter: Object.fromEntries(Object.entries(wanted).filter(([, v]) => v !== "")) });
  const send = async (dryRun: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const answer = await bulk(request(dryRun));
      setSeen(answer);
      if (!dryRun) {
        await cache.invalidateQueries({ queryKey: ["admin"] });
        toast(`${answer.acted} of ${answer.matched} done.`, answer.refused.length > 0 ? "bad" : "ok");
        if (!answer.more && answer.refused.length === 0) onClose();
      }
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const change = (name: keyof typeof wanted, value: string) => (setSeen(null), setWanted({ ...wanted, [name]: value.trim() }));
  const footer = (
    <>
      <Button onClick={onClose}>Close</Button>
      <Button busy={busy && !seen} onClick={() => void send(true)}>
        Show what matches
      </Button>
      <Button look={action === "cancel" ? "danger" : "main"} busy={busy && seen !== null} disabled={!seen?.dryRun || seen.matched === 0} onClick={() => void send(false)}>
        {action === "cancel" ? "Kill" : action === "resume" ? "Resume" : "Retry"} {seen?.dryRun ? plural(seen.matched, "run") : ""}
      </Button>
    </>
  );
  return (
    <Dialog title="Act on all that match" onClose={onClose} footer={footer} width={620}>
      <Select label="What" value={action} onChange={(e) => (setSeen(null), setAction(e.target.value as AdminAction))} choices={actions} />
      {action === "resume" && (
        <Select label="Calls of which it is not known whether they arrived" value={unknown} onChange={(e) => (setSeen(null), setUnknown(e.target.value))} choices={unknowns} hint="Runs that ended with NODE_OUTCOME_UNKNOWN ask for this decision; without it they are refused." />
      )}
      <Field label="Tenant" hint="ID; empty for all tenants." value={wanted.tenant} onChange={(e) => change("tenant", e.target.value)} />
      <Field label="Workflow" hint="ID; empty for all." value={wanted.workflowId} onChange={(e) => change("workflowId", e.target.value)} />
      {action !== "cancel" && <Field label="Error" hint="Text or code; empty for all." value={wanted.error} onChange={(e) => change("error", e.target.value)} />}
      {seen && <Found answer={seen} />}
      {error !== null && <ProblemNotice error={error} />}
    </Dialog>
  );
}

function Found({ answer }: { answer: BulkAnswer }) {
  const names = useTenantNames();
  const nameOf = (tenant: string) => names.get(tenant) ?? tenant;
  return (
    <Notice tone={answer.refused.length > 0 ? "warn" : "info"}>
      <strong>{answer.dryRun ? `${plural(answer.matched, "run matches", "runs match")}. Nothing has been done yet.` : `${answer.acted} of ${answer.matched} done.`}</strong>
      {answer.more && " There are more: repeat it."}
      <ul className="matches small">
        {answer.refused.slice(0, mostShown).map((r) => (
          <li key={r.id}>
            <strong>{nameOf(r.tenant)}</strong> <span className="mono muted">{r.id}</span>
            <div>{r.message}</div>
          </li>
        ))}
        {answer.dryRun &&
          answer.sample.slice(0, mostShown).map((e) => (
            <li key={e.id}>
              <strong>{nameOf(e.tenant)}</strong> <span className="muted">{statusText(e.status).toLowerCase()}</span> <Ago at={e.queuedAt} />
              {e.error && <div className="clip" title={e.error.message}>{e.error.node ? `${e.error.node}: ${e.error.message}` : e.error.message}</div>}
            </li>
          ))}
      </ul>
      {answer.dryRun && answer.matched > mostShown && <div className="small">and {plural(answer.matched - mostShown, "more run")}</div>}
    </Notice>
  );
}
