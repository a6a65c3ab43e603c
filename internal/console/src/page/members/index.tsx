import { useState } from "react";
import { type Member, type MemberRole, roles, useAddMember, useEndMember, useMembers, useSetRole } from "../../api/access";
import { useCan } from "../../api/account";
import { Button } from "../../ui/button";
import { Confirm, Dialog } from "../../ui/dialog";
import { BareSelect, Field, Select } from "../../ui/field";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, Loaded, ProblemNotice } from "../../ui/state";
import { Ago } from "../../ui/time";
import { toast, toastError } from "../../ui/toast";

export default function Members() {
  const members = useMembers();
  const mayManage = useCan("owner");
  const [adding, setAdding] = useState(false);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Members</h1>
          <p className="lead">People who sign in with their own account, and what each may do.</p>
        </div>
        {mayManage && (
          <Button look="main" icon="plus" onClick={() => setAdding(true)}>
            Add member
          </Button>
        )}
      </header>
      <section className="card scroll-x" aria-label="Members" tabIndex={0}>
        <Loaded of={members}>
          {(data) =>
            data.items.length === 0 ? (
              <EmptyState icon="people" title="Nobody yet">
                Members sign in by the e-mail address that you add here. Until then, API keys are the way in.
              </EmptyState>
            ) : (
              <MemberTable members={data.items} mayManage={mayManage} />
            )
          }
        </Loaded>
      </section>
      {adding && <AddDialog onClose={() => setAdding(false)} />}
    </div>
  );
}

function MemberTable({ members, mayManage }: { members: Member[]; mayManage: boolean }) {
  const [ending, setEnding] = useState<Member | null>(null);
  const end = useEndMember();
  const setRole = useSetRole();
  const change = (m: Member, role: MemberRole) => setRole.mutate({ id: m.id, role }, { onSuccess: () => toast(`${m.email} is ${role} now.`), onError: toastError });
  return (
    <>
      <PlainTable>
        <thead>
          <tr>
            <th>Member</th>
            <th>Role</th>
            <th>Since</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {members.map((m) => (
            <tr key={m.id}>
              <td>
                <strong>{m.name || m.email}</strong>
                {m.name && <div className="small muted">{m.email}</div>}
              </td>
              <td>
                {mayManage ? (
                  <BareSelect label={`Role of ${m.email}`} value={m.role} disabled={setRole.isPending} onChange={(e) => change(m, e.target.value as MemberRole)} choices={roles} />
                ) : (
                  <Badge>{m.role}</Badge>
                )}
              </td>
              <td>
                <Ago at={m.createdAt} />
              </td>
              <td className="right">
                {mayManage && (
                  <Button small look="danger" onClick={() => setEnding(m)}>
                    Remove
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
      {ending && (
        <Confirm
          title={`Remove ${ending.email}?`}
          action="Remove"
          danger
          busy={end.isPending}
          error={end.error}
          onClose={() => (end.reset(), setEnding(null))}
          onConfirm={() => end.mutate(ending.id, { onSuccess: () => (toast(`${ending.email} is no member any more.`), setEnding(null)) })}
        >
          They can no longer sign in to this tenant. What they made stays.
        </Confirm>
      )}
    </>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<MemberRole>("editor");
  const add = useAddMember();
  const send = () => add.mutate({ email: email.trim(), role, ...(name.trim() ? { name: name.trim() } : {}) }, { onSuccess: (m) => (toast(`${m.email} may sign in now.`), onClose()) });
  return (
    <Dialog
      title="Add a member"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" busy={add.isPending} disabled={!email.includes("@")} onClick={send}>
            Add
          </Button>
        </>
      }
    >
      <Field label="E-mail address" type="email" value={email} hint="The one that their sign-in service knows, verified." onChange={(e) => setEmail(e.target.value)} />
      <Field label="Name" value={name} onChange={(e) => setName(e.target.value)} />
      <Select label="Role" value={role} onChange={(e) => setRole(e.target.value as MemberRole)} choices={roles.map((r) => ({ value: r.value, label: `${r.label}: ${r.may}` }))} />
      {add.isError && <ProblemNotice error={add.error} />}
    </Dialog>
  );
}
