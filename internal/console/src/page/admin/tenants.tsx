import { useState } from "react";
import { Link } from "wouter";
import { limitFields, type Plan, type PlanName, plans, type Tenant, useMakeTenant, usePlans, useTenants } from "../../api/admin";
import { limit } from "../../text/number";
import { Button, CopyButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import { PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded, Notice, ProblemNotice } from "../../ui/state";
import { Ago } from "../../ui/time";
import { EraseDialog, TenantDialog } from "./tenant";

/** Tenants are all tenants with their plan and limits. */
export default function Tenants() {
  const tenants = useTenants();
  const known = usePlans();
  const [making, setMaking] = useState(false);
  const [editing, setEditing] = useState<Tenant | null>(null);
  const [erasing, setErasing] = useState<Tenant | null>(null);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Tenants</h1>
          <p className="lead">Plan, limits and state of each tenant. What you change holds within 5 seconds, also for runs that are queued.</p>
        </div>
        <Button look="main" icon="plus" onClick={() => setMaking(true)}>
          New tenant
        </Button>
      </header>
      <section className="card scroll-x" aria-label="Tenants" tabIndex={0}>
        <Loaded of={tenants} lines={6}>
          {() =>
            tenants.items.length === 0 ? (
              <EmptyState icon="people" title="No tenants yet">
                Make the first one; its owner gets an API key.
              </EmptyState>
            ) : (
              <TenantTable tenants={tenants.items} onEdit={setEditing} onErase={setErasing} />
            )
          }
        </Loaded>
        {tenants.hasNextPage && (
          <div className="card-body">
            <Button busy={tenants.isFetchingNextPage} onClick={() => void tenants.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </section>
      {making && <NewTenantDialog onClose={() => setMaking(false)} />}
      {editing && <TenantDialog tenant={editing} plans={(known.data?.items ?? []) as Plan[]} onClose={() => setEditing(null)} />}
      {erasing && <EraseDialog tenant={erasing} onClose={() => setErasing(null)} />}
    </div>
  );
}

function TenantTable({ tenants, onEdit, onErase }: { tenants: Tenant[]; onEdit: (t: Tenant) => void; onErase: (t: Tenant) => void }) {
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>Tenant</th>
          <th>Plan</th>
          <th>Limits of its own</th>
          <th>Since</th>
          <th>
            <span className="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tenants.map((t) => (
          <tr key={t.id}>
            <td>
              <strong>{t.name}</strong> {t.suspended && <Badge tone="bad">suspended</Badge>}
              <div className="small muted mono">{t.id}</div>
            </td>
            <td>
              <Badge>{t.plan}</Badge>
            </td>
            <td className="small">{ownLimits(t).join(", ") || <span className="muted">none</span>}</td>
            <td>
              <Ago at={t.createdAt} />
            </td>
            <td className="right">
              <span className="row end">
                <Link className="small" href={`/admin/executions?tenant=${encodeURIComponent(t.id)}`}>
                  Runs
                </Link>
                <Button small onClick={() => onEdit(t)}>
                  Change
                </Button>
                <Button small look="danger" onClick={() => onErase(t)}>
                  Erase
                </Button>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

/** ownLimits are in words what a tenant has instead of its plan's. */
function ownLimits(t: Tenant): string[] {
  return limitFields.flatMap(({ key, label }) => (t.limits[key] === undefined ? [] : [`${label}: ${limit(t.limits[key])}`]));
}

function NewTenantDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [plan, setPlan] = useState<PlanName>("FREE");
  const make = useMakeTenant();
  if (make.data) {
    return (
      <Dialog title={`${make.data.name} is there`} onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
        <Notice tone="warn">This is the owner's API key. Keep it now: it is not shown again.</Notice>
        <div className="row">
          <code className="mono clip">{make.data.apiKey}</code>
          <CopyButton text={make.data.apiKey} />
        </div>
      </Dialog>
    );
  }
  const footer = (
    <>
      <Button onClick={onClose}>Close</Button>
      <Button look="main" busy={make.isPending} disabled={name.trim() === ""} onClick={() => make.mutate({ name: name.trim(), plan })}>
        Make the tenant
      </Button>
    </>
  );
  return (
    <Dialog title="New tenant" onClose={onClose} footer={footer}>
      <Field label="Name" value={name} onChange={(e) => setName(e.target.value)} />
      <Select label="Plan" value={plan} onChange={(e) => setPlan(e.target.value as PlanName)} choices={plans.map((p) => ({ value: p, label: p }))} />
      {make.isError && <ProblemNotice error={make.error} />}
    </Dialog>
  );
}
