import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import { useCan } from "../../api/account";
import { type Credential, useCredentials, useCredentialTypes } from "../../api/credential";
import { labelOf } from "../../workflow/kind";
import { Button } from "../../ui/button";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded } from "../../ui/state";
import { Ago } from "../../ui/time";
import { CredentialActions } from "./actions";
import { CredentialDialog } from "./form";
import { TypeDialog } from "./type-dialog";

type Open = { what: "type" } | { what: "form"; type: string; credential?: Credential };

export default function Credentials() {
  const credentials = useCredentials();
  const [query, setQuery] = useSearchParams();
  const wanted = query.get("new");
  const [open, setOpen] = useState<Open | null>(wanted ? { what: "form", type: wanted } : null);
  const close = () => {
    setOpen(null);
    if (wanted) setQuery({}, { replace: true });
  };
  const mayEdit = useCan("editor");
  useBackFromService(credentials.refetch);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Credentials</h1>
          <p className="lead">What workflows sign in with at other services. Secrets are sealed: they go in and never come out.</p>
        </div>
        {mayEdit && (
          <Button look="main" icon="plus" onClick={() => setOpen({ what: "type" })}>
            New credential
          </Button>
        )}
      </header>
      <section className="card scroll-x" aria-label="Credentials" tabIndex={0}>
        <Loaded of={credentials}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState icon="lock" title="No credentials yet">
                Make one for each service that your workflows call. An import tells which ones are needed.
              </EmptyState>
            ) : (
              <CredentialTable credentials={data} onEdit={(credential) => setOpen({ what: "form", type: credential.type, credential })} />
            )
          }
        </Loaded>
      </section>
      {open?.what === "type" && <TypeDialog onChoose={(type) => setOpen({ what: "form", type })} onClose={close} />}
      {open?.what === "form" && <CredentialDialog type={open.type} credential={open.credential} onClose={close} />}
    </div>
  );
}

function CredentialTable({ credentials, onEdit }: { credentials: Credential[]; onEdit: (credential: Credential) => void }) {
  const types = useCredentialTypes();
  const byType = useMemo(() => new Map((types.data ?? []).map((t) => [t.type, t])), [types.data]);
  const mayEdit = useCan("editor");
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>Name</th>
          <th>Service</th>
          <th>State</th>
          <th>Last used</th>
          <ActionsHead />
        </tr>
      </thead>
      <tbody>
        {credentials.map((c) => (
          <tr key={c.id}>
            <td>
              <strong>{c.name}</strong>
              <div className="small muted mono">{c.id}</div>
            </td>
            <td>{byType.get(c.type)?.name ?? labelOf(c.type)}</td>
            <td>
              <TokenBadge credential={c} />
            </td>
            <td>{c.lastUsed ? <Ago at={c.lastUsed} /> : <span className="muted">never</span>}</td>
            <td className="right">{mayEdit && <CredentialActions credential={c} type={byType.get(c.type)} onEdit={() => onEdit(c)} />}</td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

function TokenBadge({ credential: c }: { credential: Credential }) {
  if (!c.token) return <Badge tone="ok">set</Badge>;
  if (c.token.problem) {
    return (
      <>
        <Badge tone="bad">connect again</Badge>
        <div className="small muted">{c.token.problem}</div>
      </>
    );
  }
  return c.token.connected ? <Badge tone="ok">connected</Badge> : <Badge tone="warn">not connected</Badge>;
}

/** useBackFromService looks anew when the person comes back from a service's page. */
function useBackFromService(refetch: () => unknown) {
  useEffect(() => {
    const back = () => void refetch();
    addEventListener("focus", back);
    return () => removeEventListener("focus", back);
  }, [refetch]);
}
