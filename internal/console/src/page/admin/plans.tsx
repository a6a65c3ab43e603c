import { type Plan, useEditPlan, usePlans } from "../../api/admin";
import { type LimitKey, limitFields } from "../../api/limit";
import { InPlace } from "../../ui/in-place";
import { PlainTable } from "../../ui/plain-table";
import { Loaded } from "../../ui/state";
import "./admin.css";
import { shownLimit, wrongLimit } from "./limits";

/** Plans are the limits that tenants have by their plan, each changed where it stands. */
export default function Plans() {
  const plans = usePlans();
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Plans</h1>
          <p className="lead">Limits are data: select one to change it. It holds within 5 seconds, for all tenants of the plan that have no limit of their own. Higher plans are served first.</p>
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
                        <PlanLimit plan={p} limit={f.key} label={`${f.label}, ${p.name}`} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </PlainTable>
          )}
        </Loaded>
      </section>
      <p className="small muted">-1 is unlimited. Runs that are under way may finish when a limit falls. Enter saves, Escape leaves it as it was.</p>
    </div>
  );
}

function PlanLimit({ plan, limit, label }: { plan: Plan; limit: LimitKey; label: string }) {
  const edit = useEditPlan(plan.name);
  const value = plan[limit];
  return (
    <InPlace label={label} value={String(value)} check={(typed) => wrongLimit(limit, typed)} onSave={(typed) => edit.mutateAsync({ [limit]: Number(typed) })}>
      {shownLimit(limit, value)}
    </InPlace>
  );
}
