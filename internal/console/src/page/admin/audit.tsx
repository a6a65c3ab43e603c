import { useState } from "react";
import { type Audit, useAudit, useTenantNames } from "../../api/admin";
import { fullTime } from "../../text/time";
import { Button } from "../../ui/button";
import { useDebounced } from "../../ui/debounce";
import { Dialog } from "../../ui/dialog";
import { SearchBox } from "../../ui/field";
import { PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded } from "../../ui/state";
import { Ago } from "../../ui/time";
import { changesOf } from "../../workflow/diff";
import { ChangeTable } from "../../ui/change";

/** Audit is who changed what, newest first. */
export default function AuditPage() {
  const [tenant, setTenant] = useState("");
  const [shown, setShown] = useState<Audit | null>(null);
  const names = useTenantNames();
  const audit = useAudit(useDebounced(tenant.trim(), 300));
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Audit</h1>
          <p className="lead">Who changed what, newest first.</p>
        </div>
        <SearchBox label="Tenant" placeholder="Tenant ID" value={tenant} onChange={(e) => setTenant(e.target.value)} />
      </header>
      <section className="card scroll-x" aria-label="Audit log" tabIndex={0}>
        <Loaded of={audit} lines={8}>
          {() =>
            audit.items.length === 0 ? (
              <EmptyState icon="shield" title="Nothing is on record">
                Changes of tenants, plans, keys, members, workflows and credentials show up here.
              </EmptyState>
            ) : (
              <PlainTable>
                <thead>
                  <tr>
                    <th>When</th>
                    <th>What</th>
                    <th>Tenant</th>
                    <th>Who</th>
                    <th>
                      <span className="unseen">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {audit.items.map((a) => (
                    <tr key={a.id}>
                      <td>
                        <Ago at={a.at} />
                      </td>
                      <td>
                        <strong>{actionWords(a.action)}</strong>
                        <div className="small muted mono">{a.target}</div>
                      </td>
                      <td>{a.tenant ? <span title={a.tenant}>{names.get(a.tenant) ?? <span className="mono small">{a.tenant}</span>}</span> : <span className="muted">the platform</span>}</td>
                      <td>
                        <Badge>{a.role}</Badge>
                        <div className="small muted mono">{a.actor}</div>
                      </td>
                      <td className="right">
                        {(a.before !== undefined || a.after !== undefined) && (
                          <Button small onClick={() => setShown(a)}>
                            Details
                          </Button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </PlainTable>
            )
          }
        </Loaded>
        {audit.hasNextPage && (
          <div className="card-body">
            <Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </section>
      {shown && <Details of={shown} onClose={() => setShown(null)} />}
    </div>
  );
}

/** actionWords is an action for people: `plan.changed` is "Plan changed". */
function actionWords(action: string): string {
  return action.replaceAll(/[._]/g, " ").replace(/^./, (c) => c.toUpperCase());
}

/** Details are what was changed, as it was before and after. */
function Details({ of: a, onClose }: { of: Audit; onClose: () => void }) {
  const changes = changesOf(a.before ?? {}, a.after ?? {});
  return (
    <Dialog title={actionWords(a.action)} onClose={onClose} width={680}>
      <p className="muted">
        {fullTime(a.at)}, by {a.role} <span className="mono small">{a.actor}</span>
      </p>
      {changes.length === 0 ? <EmptyState icon="check" title="Nothing changed">It was saved as it was.</EmptyState> : <ChangeTable changes={changes} />}
    </Dialog>
  );
}
