import { useState } from "react";
import { Link, useParams } from "wouter";
import { exportTenant, type Plan, type Tenant, useAudit, useEditTenant, usePlans, useTenant } from "../../api/admin";
import { download } from "../../text/download";
import { Button, CopyButton, LinkButton } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { Switch } from "../../ui/field";
import { InPlace } from "../../ui/in-place";
import { Badge, Loaded, PageError, PageLoading } from "../../ui/state";
import { Ago } from "../../ui/time";
import { toast, toastError } from "../../ui/toast";
import { AuditTable } from "./audit-table";
import { EraseDialog } from "./erase-dialog";
import { TenantLimits, TenantPlan } from "./tenant-limits";

export default function TenantPage() {
  const { id = "" } = useParams<{ id: string }>();
  const tenant = useTenant(id);
  const plans = usePlans();
  if (tenant.isLoadingError) return <PageError error={tenant.error} retry={() => void tenant.refetch()} back={{ href: "/admin/tenants", title: "All tenants" }} />;
  if (!tenant.data) return <PageLoading />;
  return <OneTenant tenant={tenant.data} plans={plans.data?.items ?? []} />;
}

/** OneTenant is a tenant with all that operators may change of it, each where it stands, and what was changed. */
function OneTenant({ tenant: t, plans }: { tenant: Tenant; plans: Plan[] }) {
  const [erasing, setErasing] = useState(false);
  const edit = useEditTenant(t.id);
  const filled = (what: string) => (typed: string) => (typed === "" ? `A tenant needs a ${what}.` : null);
  return (
    <div className="page">
      <div className="crumbs">
        <Link href="/admin/tenants">Tenants</Link> / <span className="mono clip">{t.id}</span>
        <CopyButton text={t.id} label="Copy ID" />
      </div>
      <header className="page-head">
        <div className="title-row">
          <h1>
            <InPlace label="Name" value={t.name} check={filled("name")} onSave={(name) => edit.mutateAsync({ name })}>
              {t.name}
            </InPlace>
          </h1>
          {t.suspended && <Badge tone="bad">suspended</Badge>}
        </div>
        <div className="row wrap">
          <LinkButton href={`/admin/executions?tenant=${encodeURIComponent(t.id)}`} icon="runs">
            Its runs
          </LinkButton>
          <ExportButton tenant={t} />
          <Button look="danger" icon="trash" onClick={() => setErasing(true)}>
            Erase
          </Button>
        </div>
      </header>
      <section className="card" aria-label="Plan and limits">
        <div className="card-head">
          <h2>Plan and limits</h2>
          <span className="muted small">Holds within 5 seconds, also for runs that are queued</span>
        </div>
        <div className="card-body stack">
          <dl className="tenant-facts">
            <div>
              <dt>Plan</dt>
              <dd>
                <TenantPlan tenant={t} />
              </dd>
            </div>
            <div>
              <dt>Time zone</dt>
              <dd>
                <InPlace label="Time zone" value={t.timezone} check={filled("time zone")} onSave={(timezone) => edit.mutateAsync({ timezone })}>
                  {t.timezone}
                </InPlace>
              </dd>
            </div>
            <div>
              <dt>Suspended</dt>
              <dd>
                <Suspension tenant={t} />
              </dd>
            </div>
            <div>
              <dt>Since</dt>
              <dd>
                <Ago at={t.createdAt} />
              </dd>
            </div>
          </dl>
          <p className="small muted">A limit of its own replaces the plan's; an empty one takes the plan's again. -1 is unlimited. Enter saves, Escape leaves it as it was.</p>
          <TenantLimits tenant={t} plans={plans} />
        </div>
      </section>
      <History tenant={t.id} />
      {erasing && <EraseDialog tenant={t} onClose={() => setErasing(false)} />}
    </div>
  );
}

/** Suspension asks before it shuts a tenant out, and not before it lets it in again. */
function Suspension({ tenant: t }: { tenant: Tenant }) {
  const [asking, setAsking] = useState(false);
  const edit = useEditTenant(t.id);
  const set = (suspended: boolean) => edit.mutate({ suspended }, { onSuccess: () => toast(suspended ? `${t.name} is suspended.` : `${t.name} may run again.`), onError: toastError });
  return (
    <>
      <Switch on={t.suspended} label="Suspended: its keys are refused and nothing of it starts" onChange={(on) => (on ? setAsking(true) : set(false))} />
      {asking && (
        <Confirm title={`Suspend ${t.name}?`} action="Suspend" danger busy={false} onClose={() => setAsking(false)} onConfirm={() => (set(true), setAsking(false))}>
          Its keys and members are refused and nothing of it starts. What runs now goes on to its end: cancel it under its runs if it should not.
        </Confirm>
      )}
    </>
  );
}

/** ExportButton hands out all of a tenant's data as a file, one thing a line. */
function ExportButton({ tenant: t }: { tenant: Tenant }) {
  const [lines, setLines] = useState<number | null>(null);
  const save = async () => {
    setLines(0);
    try {
      download(`${t.id}.ndjson`, await exportTenant(t.id, setLines), "application/x-ndjson");
    } catch (error) {
      toastError(error);
    }
    setLines(null);
  };
  return (
    <Button icon="download" busy={lines !== null} onClick={() => void save()}>
      {lines ? `Export, ${lines} read` : "Export"}
    </Button>
  );
}

/** History is the tenant's audit log: who changed, or read, what. */
function History({ tenant }: { tenant: string }) {
  const audit = useAudit(tenant);
  return (
    <section className="card scroll-x" aria-label="What was done" tabIndex={0}>
      <div className="card-head">
        <h2>What was done</h2>
        <Link className="small" href={`/admin/audit?tenant=${encodeURIComponent(tenant)}`}>
          Open in the audit log
        </Link>
      </div>
      <Loaded of={audit} lines={4}>
        {() => <AuditTable records={audit.items.slice(0, 20)} />}
      </Loaded>
    </section>
  );
}
