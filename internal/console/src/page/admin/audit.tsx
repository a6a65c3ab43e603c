import { useState } from "react";
import { useAudit } from "../../api/admin";
import { Button } from "../../ui/button";
import { useDebounced } from "../../ui/debounce";
import { SearchBox } from "../../ui/field";
import { PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded } from "../../ui/state";
import { Ago } from "../../ui/time";

/** Audit is who changed what, newest first. */
export default function Audit() {
  const [tenant, setTenant] = useState("");
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
                  </tr>
                </thead>
                <tbody>
                  {audit.items.map((a) => (
                    <tr key={a.id}>
                      <td>
                        <Ago at={a.at} />
                      </td>
                      <td>
                        <strong>{a.action}</strong>
                        <div className="small muted mono">{a.target}</div>
                      </td>
                      <td className="mono small">{a.tenant || "—"}</td>
                      <td>
                        <Badge>{a.role}</Badge>
                        <div className="small muted mono">{a.actor}</div>
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
    </div>
  );
}
