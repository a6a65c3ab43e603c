import { useState } from "react";
import { limitFields, type LimitKey, type Plan, useChangePlan, usePlans } from "../../api/admin";
import { limit, money } from "../../text/number";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { PlainTable } from "../../ui/plain-table";
import { Loaded, ProblemNotice } from "../../ui/state";
import { toast } from "../../ui/toast";
import { LimitInputs, numbersOf, textOf } from "./limits";

/** Plans are the limits that tenants have by their plan. */
export default function Plans() {
  const plans = usePlans();
  const [editing, setEditing] = useState<Plan | null>(null);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Plans</h1>
          <p className="lead">Limits are data: what you change holds within 5 seconds, without a deployment. Higher plans are served first.</p>
        </div>
      </header>
      <section className="card scroll-x" aria-label="Plans" tabIndex={0}>
        <Loaded of={plans}>
          {(data) => (
            <PlainTable>
              <thead>
                <tr>
                  <th>Limit</th>
                  {data.items.map((p) => (
                    <th key={p.name} className="right">
                      {p.name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {limitFields.map((f) => (
                  <tr key={f.key}>
                    <td>{f.label}</td>
                    {data.items.map((p) => (
                      <td key={p.name} className="right num">
                        {f.key === "monthlyPriceUsd" ? money(p[f.key]) : limit(p[f.key])}
                      </td>
                    ))}
                  </tr>
                ))}
                <tr>
                  <td>
                    <span className="unseen">Actions</span>
                  </td>
                  {data.items.map((p) => (
                    <td key={p.name} className="right">
                      <Button small aria-label={`Change ${p.name}`} onClick={() => setEditing(p)}>
                        Change
                      </Button>
                    </td>
                  ))}
                </tr>
              </tbody>
            </PlainTable>
          )}
        </Loaded>
      </section>
      {editing && <PlanDialog plan={editing} onClose={() => setEditing(null)} />}
    </div>
  );
}

function PlanDialog({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const [limits, setLimits] = useState(textOf(plan));
  const change = useChangePlan();
  const complete = limitFields.every((f) => limits[f.key].trim() !== "");
  const save = () => change.mutate({ plan: plan.name, body: numbersOf(limits) as Record<LimitKey, number> }, { onSuccess: () => (toast(`${plan.name} is changed.`), onClose()) });
  const footer = (
    <>
      <Button onClick={onClose}>Keep it as it is</Button>
      <Button look="main" busy={change.isPending} disabled={!complete} onClick={save}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog title={`Limits of ${plan.name}`} onClose={onClose} footer={footer} width={620}>
      <p className="small muted">-1 is unlimited. Runs that are under way may finish when a limit falls.</p>
      <LimitInputs value={limits} onChange={setLimits} />
      {change.isError && <ProblemNotice error={change.error} />}
    </Dialog>
  );
}
