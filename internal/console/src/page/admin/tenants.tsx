import { Fragment, useEffect, useState } from "react";
import { Link } from "wouter";
import { type Plan, type PlanName, plans as planNames, type Tenant, useMakeTenant, usePlans, useTenants } from "../../api/admin";
import { limitFields } from "../../api/limit";
import { Button, CopyButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field, SearchBox, Select } from "../../ui/field";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded, Notice, ProblemNotice } from "../../ui/state";
import { Ago } from "../../ui/time";
import { shownLimit } from "./limits";
import { TenantLimits, TenantPlan } from "./tenant-limits";

/** Tenants are all tenants with their plan and limits, changed where they stand. */
export default function Tenants() {
  const tenants = useTenants();
  const plans = usePlans();
  const [making, setMaking] = useState(false);
  const [search, setSearch] = useState("");
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = tenants;
  // What is searched for may be further down than what was loaded.
  useEffect(() => {
    if (search !== "" && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [search, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const text = search.trim().toLowerCase();
  const found = tenants.items.filter((t) => t.name.toLowerCase().includes(text) || t.id.toLowerCase().includes(text));
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
      <SearchBox label="Search by name or ID" value={search} onChange={(e) => setSearch(e.target.value)} />
      <section className="card scroll-x" aria-label="Tenants" tabIndex={0}>
        <Loaded of={tenants} lines={6}>
          {() =>
            tenants.items.length === 0 ? (
              <EmptyState icon="people" title="No tenants yet">
                Make the first one; its owner gets an API key.
              </EmptyState>
            ) : found.length === 0 ? (
              <EmptyState icon="search" title={hasNextPage ? "Looking further…" : "No tenant has this in its name or ID"}>
                Try a shorter part of it.
              </EmptyState>
            ) : (
              <TenantTable tenants={found} plans={plans.data?.items ?? []} />
            )
          }
        </Loaded>
        {hasNextPage && search === "" && (
          <div className="card-body">
            <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </section>
      {making && <NewTenantDialog onClose={() => setMaking(false)} />}
    </div>
  );
}

const columns = 5;

function TenantTable({ tenants, plans }: { tenants: Tenant[]; plans: Plan[] }) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>Tenant</th>
          <th>Plan</th>
          <th>Limits of its own</th>
          <th>Since</th>
          <ActionsHead />
        </tr>
      </thead>
      <tbody>
        {tenants.map((t) => (
          <Fragment key={t.id}>
            <tr>
              <td>
                <Link className="strong" href={`/admin/tenants/${t.id}`}>
                  {t.name}
                </Link>{" "}
                {t.suspended && <Badge tone="bad">suspended</Badge>}
                <div className="small muted mono">{t.id}</div>
              </td>
              <td>
                <TenantPlan tenant={t} />
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
                  <Button small aria-expanded={open === t.id} onClick={() => setOpen(open === t.id ? null : t.id)}>
                    Limits
                  </Button>
                </span>
              </td>
            </tr>
            {open === t.id && (
              <tr>
                <td colSpan={columns}>
                  <TenantLimits tenant={t} plans={plans} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </PlainTable>
  );
}

/** ownLimits are in words what a tenant has instead of its plan's. */
function ownLimits(t: Tenant): string[] {
  return limitFields.flatMap(({ key, label }) => (t.limits[key] === undefined ? [] : [`${label}: ${shownLimit(key, t.limits[key])}`]));
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
      <Select label="Plan" value={plan} onChange={(e) => setPlan(e.target.value as PlanName)} choices={planNames.map((p) => ({ value: p, label: p }))} />
      {make.isError && <ProblemNotice error={make.error} />}
    </Dialog>
  );
}
