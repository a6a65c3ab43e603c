import { useState } from "react";
import { type MemberRole, roles, useMakeKey } from "../../api/access";
import { Button, CopyButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Checkbox, Field, Select } from "../../ui/field";
import { Notice, ProblemNotice } from "../../ui/state";
import { RateField, rateOf } from "./rate";

const scopes = [
  { value: "workflows:read", label: "read workflows" },
  { value: "workflows:write", label: "change workflows" },
  { value: "executions:read", label: "read runs" },
  { value: "executions:write", label: "start and steer runs" },
  { value: "tables:read", label: "read data tables" },
  { value: "tables:write", label: "change data tables" },
  { value: "account:read", label: "read usage" },
  { value: "account:write", label: "manage keys and members" },
];

const ends = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];

const day = 86_400_000;

/** NewKeyDialog makes a key and shows its text, once. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<MemberRole>("editor");
  const [days, setDays] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [rate, setRate] = useState("");
  const make = useMakeKey();
  const turn = (scope: string) => {
    const next = new Set(chosen);
    if (!next.delete(scope)) next.add(scope);
    setChosen(next);
  };
  const create = () =>
    make.mutate({
      name: name.trim(),
      role,
      ...(chosen.size > 0 ? { scopes: [...chosen] } : {}),
      ...(rateOf(rate) ? { requestsPerMinute: rateOf(rate) } : {}),
      ...(days ? { expiresAt: new Date(Date.now() + Number(days) * day).toISOString() } : {}),
    });
  if (make.data) {
    return (
      <Dialog
        title="The new key"
        onClose={onClose}
        footer={
          <Button look="main" onClick={onClose}>
            I have it
          </Button>
        }
      >
        <Notice tone="warn">Copy it now: it is shown this once and kept nowhere in readable form.</Notice>
        <code className="answer">{make.data.apiKey}</code>
        <div>
          <CopyButton text={make.data.apiKey} label="Copy key" small={false} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      title="New API key"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" busy={make.isPending} disabled={name.trim() === "" || rateOf(rate) === undefined} onClick={create}>
            Make key
          </Button>
        </>
      }
    >
      <Field label="Name" value={name} hint="What uses it: a program, a person, a server." onChange={(e) => setName(e.target.value)} />
      <Select label="Role" value={role} onChange={(e) => setRole(e.target.value as MemberRole)} choices={roles.map((r) => ({ value: r.value, label: `${r.label}: ${r.may}` }))} />
      <Select label="Ends" value={days} onChange={(e) => setDays(e.target.value)} choices={ends} />
      <RateField text={rate} onChange={setRate} />
      <fieldset className="plain-set stack tight">
        <legend className="small muted">Narrow it to (none chosen: all that the role may do)</legend>
        {scopes.map((s) => (
          <Checkbox key={s.value} label={s.label} checked={chosen.has(s.value)} onChange={() => turn(s.value)} />
        ))}
      </fieldset>
      {make.isError && <ProblemNotice error={make.error} />}
    </Dialog>
  );
}
