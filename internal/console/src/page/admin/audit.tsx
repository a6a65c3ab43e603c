import { Link, useSearchParams } from "wouter";
import { type Audit, useAudit, useTenantNames } from "../../api/admin";
import { Button } from "../../ui/button";
import { useDebounced } from "../../ui/debounce";
import { SearchBox } from "../../ui/field";
import { Loaded } from "../../ui/state";
import { AuditTable } from "./audit-table";

/** AuditPage is who did what, newest first. */
export default function AuditPage() {
  const [query, setQuery] = useSearchParams();
  const tenant = query.get("tenant") ?? "";
  const names = useTenantNames();
  const audit = useAudit(useDebounced(tenant.trim(), 300));
  const tenantOf = (a: Audit) =>
    a.tenant ? (
      <Link href={`/admin/tenants/${a.tenant}`} title={a.tenant}>
        {names.get(a.tenant) ?? <span className="mono small">{a.tenant}</span>}
      </Link>
    ) : (
      <span className="muted">the platform</span>
    );
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Audit</h1>
          <p className="lead">Who changed what, and what operators read of tenants; newest first.</p>
        </div>
        <SearchBox label="Tenant" placeholder="Tenant ID" value={tenant} onChange={(e) => setQuery(e.target.value ? { tenant: e.target.value } : {}, { replace: true })} />
      </header>
      <section className="card scroll-x" aria-label="Audit log" tabIndex={0}>
        <Loaded of={audit} lines={8}>
          {() => <AuditTable records={audit.items} tenant={tenantOf} />}
        </Loaded>
        {audit.hasNextPage && (
          <div className="card-body">
            <Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </section>
    </div>
  );
}
