import { type ReactNode, useState } from "react";
import type { Audit } from "../../api/admin";
import { fullTime } from "../../text/time";
import { Button } from "../../ui/button";
import { ChangeTable } from "../../ui/change";
import { Dialog } from "../../ui/dialog";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState } from "../../ui/state";
import { Ago } from "../../ui/time";
import { changesOf } from "../../workflow/diff";

interface AuditTableProps {
  records: Audit[];
  /** Names the tenant of a record, where the records are of many. */
  tenant?: (record: Audit) => ReactNode;
}

/** AuditTable is who did what, newest first, with what it was before and after. */
export function AuditTable({ records, tenant }: AuditTableProps) {
  const [shown, setShown] = useState<Audit | null>(null);
  if (records.length === 0) {
    return (
      <EmptyState icon="shield" title="Nothing is on record">
        Changes of tenants, plans, keys, members, workflows and credentials show up here, and what operators read.
      </EmptyState>
    );
  }
  return (
    <>
      <PlainTable>
        <thead>
          <tr>
            <th>When</th>
            <th>What</th>
            {tenant && <th>Tenant</th>}
            <th>Who</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {records.map((a) => (
            <tr key={a.id}>
              <td>
                <Ago at={a.at} />
              </td>
              <td>
                <strong>{actionWords(a.action)}</strong>
                <div className="small muted mono">{a.target}</div>
              </td>
              {tenant && <td>{tenant(a)}</td>}
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
      {shown && <Details of={shown} onClose={() => setShown(null)} />}
    </>
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
