import { type Plan, type PlanName, plans as planNames, type Tenant, useEditTenant } from "../../api/admin";
import { type LimitKey, limitFields } from "../../api/limit";
import { BareSelect } from "../../ui/field";
import { InPlace } from "../../ui/in-place";
import { toast, toastError } from "../../ui/toast";
import "./admin.css";
import { shownLimit, wrongLimit } from "./limits";

/** TenantPlan is a tenant's plan, changed where it stands. */
export function TenantPlan({ tenant: t }: { tenant: Tenant }) {
  const edit = useEditTenant(t.id);
  const change = (plan: PlanName) => edit.mutate({ plan }, { onSuccess: () => toast(`${t.name} is on ${plan}. It holds within 5 seconds.`), onError: toastError });
  return <BareSelect label={`Plan of ${t.name}`} value={t.plan} onChange={(e) => change(e.target.value as PlanName)} choices={planNames.map((p) => ({ value: p, label: p }))} />;
}

/** TenantLimits are the limits that hold for a tenant, each changed where it stands: its own, or the plan's. */
export function TenantLimits({ tenant, plans }: { tenant: Tenant; plans: Plan[] }) {
  const plan = plans.find((p) => p.name === tenant.plan);
  return (
    <ul className="limits" aria-label={`Limits of ${tenant.name}`}>
      {limitFields.map(({ key, label }) => (
        <li key={key}>
          <span className="small muted">{label}</span>
          <Limit tenant={tenant} limit={key} label={label} planned={plan?.[key]} />
        </li>
      ))}
    </ul>
  );
}

interface LimitProps {
  tenant: Tenant;
  limit: LimitKey;
  label: string;
  /** What the plan says; undefined until that is known. */
  planned: number | undefined;
}

function Limit({ tenant, limit, label, planned }: LimitProps) {
  const edit = useEditTenant(tenant.id);
  const own = tenant.limits[limit];
  const plans = planned === undefined ? "—" : shownLimit(limit, planned);
  const save = (typed: string) => edit.mutateAsync({ limit, to: typed === "" ? null : Number(typed) });
  return (
    <>
      <InPlace label={label} value={own === undefined ? "" : String(own)} placeholder={planned === undefined ? "" : String(planned)} check={(typed) => (typed === "" ? null : wrongLimit(limit, typed))} onSave={save}>
        <strong className="num">{own === undefined ? plans : shownLimit(limit, own)}</strong>
      </InPlace>
      <span className="small muted">
        {own === undefined ? (
          `as ${tenant.plan}`
        ) : (
          <>
            {tenant.plan}: {plans}{" "}
            <button type="button" className="text-link" aria-label={`Take back: ${label}`} onClick={() => void save("").catch(toastError)}>
              Take back
            </button>
          </>
        )}
      </span>
    </>
  );
}
