import { useState } from "react";
import { type Key, useEndKey, useKeys } from "../../api/access";
import { count } from "../../text/number";
import { Button } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded } from "../../ui/state";
import { Ago } from "../../ui/time";
import { toast } from "../../ui/toast";
import { NewKeyDialog } from "./new-key";
import { RateDialog } from "./rate";

export default function Keys() {
  const keys = useKeys();
  const [making, setMaking] = useState(false);
  const [limiting, setLimiting] = useState<Key | null>(null);
  const [ending, setEnding] = useState<Key | null>(null);
  const end = useEndKey();
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>API keys</h1>
          <p className="lead">For programs that call the API, and for signing in to this console.</p>
        </div>
        <Button look="main" icon="plus" onClick={() => setMaking(true)}>
          New key
        </Button>
      </header>
      <section className="card scroll-x" aria-label="API keys" tabIndex={0}>
        <Loaded of={keys}>{(data) => <KeyTable keys={data.items} onLimit={setLimiting} onEnd={setEnding} />}</Loaded>
      </section>
      {limiting && <RateDialog of={limiting} onClose={() => setLimiting(null)} />}
      {making && <NewKeyDialog onClose={() => setMaking(false)} />}
      {ending && (
        <Confirm
          title={`End the key “${ending.name}”?`}
          action="End the key"
          danger
          busy={end.isPending}
          error={end.error}
          onClose={() => (end.reset(), setEnding(null))}
          onConfirm={() => end.mutate(ending.id, { onSuccess: () => (toast("The key is refused within 10 seconds."), setEnding(null)) })}
        >
          Whatever uses it is refused from then on. This cannot be taken back. If it is the key that you signed in with, you are signed out.
        </Confirm>
      )}
    </div>
  );
}

function KeyTable({ keys, onLimit, onEnd }: { keys: Key[]; onLimit: (key: Key) => void; onEnd: (key: Key) => void }) {
  if (keys.length === 0) {
    return (
      <EmptyState icon="key" title="No API keys">
        Make one for each program, so that one can be ended without the others.
      </EmptyState>
    );
  }
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>Name</th>
          <th>Role</th>
          <th className="right">Requests a minute</th>
          <th>Made</th>
          <th>Last used</th>
          <th>Ends</th>
          <ActionsHead />
        </tr>
      </thead>
      <tbody>
        {keys.map((k) => (
          <tr key={k.id}>
            <td>
              <strong>{k.name}</strong>
              <div className="small muted mono">{k.id}</div>
            </td>
            <td>
              <Badge>{k.role}</Badge>
              {k.scopes.length > 0 && <div className="small muted">{k.scopes.join(", ")}</div>}
            </td>
            <td className="right num">{k.requestsPerMinute ? count(k.requestsPerMinute) : <span className="muted">as the plan</span>}</td>
            <td>
              <Ago at={k.createdAt} />
            </td>
            <td>{k.lastUsed ? <Ago at={k.lastUsed} /> : <span className="muted">never</span>}</td>
            <td>{k.expiresAt ? <Ago at={k.expiresAt} /> : <span className="muted">never</span>}</td>
            <td className="right">
              <div className="row end">
                <Button small onClick={() => onLimit(k)}>
                  Limit
                </Button>
                <Button small look="danger" onClick={() => onEnd(k)}>
                  End
                </Button>
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}
