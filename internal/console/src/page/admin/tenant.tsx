import { useState } from "react";
import { type LimitKey, type Plan, type PlanName, plans as planNames, type Tenant, useChangeTenant, useEraseTenant } from "../../api/admin";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Checkbox, Field, Select } from "../../ui/field";
import { Notice, ProblemNotice } from "../../ui/state";
import { toast } from "../../ui/toast";
import { LimitInputs, numbersOf, textOf } from "./limits";

/** TenantDialog changes a tenant's plan, its own limits, and whether it may run at all. */
export function TenantDialog({ tenant, plans, onClose }: { tenant: Tenant; plans: Plan[]; onClose: () => void }) {
  const [plan, setPlan] = useState<PlanName>(tenant.plan);
  const [limits, setLimits] = useState(textOf(tenant.limits));
  const [suspended, setSuspended] = useState(tenant.suspended);
  const change = useChangeTenant();
  const inherited = plans.find((p) => p.name === plan) as Record<LimitKey, number> | undefined;
  const save = () => change.mutate({ id: tenant.id, body: { plan, suspended, limits: numbersOf(limits) } }, { onSuccess: () => (toast(`${tenant.name} is changed. It holds within 5 seconds.`), onClose()) });
  const footer = (
    <>
      <Button onClick={onClose}>Keep it as it is</Button>
      <Button look="main" busy={change.isPending} onClick={save}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog title={tenant.name} onClose={onClose} footer={footer} width={620}>
      <Select label="Plan" value={plan} onChange={(e) => setPlan(e.target.value as PlanName)} choices={planNames.map((p) => ({ value: p, label: p }))} />
      <p className="small muted">Limits of its own replace the plan's; empty ones keep them. -1 is unlimited.</p>
      <LimitInputs value={limits} inherited={inherited} onChange={setLimits} />
      <Checkbox label="Suspended: its keys are refused and nothing of it starts" checked={suspended} onChange={(e) => setSuspended(e.target.checked)} />
      {change.isError && <ProblemNotice error={change.error} />}
    </Dialog>
  );
}

/** EraseDialog takes a tenant away for good; its name has to be written, so that nobody does it by a slip. */
export function EraseDialog({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const erase = useEraseTenant();
  const footer = (
    <>
      <Button onClick={onClose}>Keep it</Button>
      <Button look="danger" busy={erase.isPending} disabled={typed !== tenant.id} onClick={() => erase.mutate(tenant.id, { onSuccess: () => (toast("The erasure has begun."), onClose()) })}>
        Erase the tenant
      </Button>
    </>
  );
  return (
    <Dialog title={`Erase ${tenant.name}?`} onClose={onClose} footer={footer}>
      <Notice tone="warn">All its workflows, runs, files, credentials, keys and members are removed. This cannot be taken back. Export its data first if somebody may want it.</Notice>
      <Field label={`Write ${tenant.id} to confirm`} value={typed} onChange={(e) => setTyped(e.target.value)} />
      {erase.isError && <ProblemNotice error={erase.error} />}
    </Dialog>
  );
}
