import { useState } from "react";
import { type Credential, type CredentialField, type CredentialTypeDetail, useCredentialType, useSaveCredential } from "../../api/credential";
import { Button, CopyButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Checkbox, Field, Select, TextArea } from "../../ui/field";
import { ErrorState, Notice, ProblemNotice, Skeleton } from "../../ui/state";
import { toast } from "../../ui/toast";
import { changedFields, shownFields } from "./fields";

interface FormProps {
  type: string;
  credential?: Credential;
  onClose: () => void;
}

/** CredentialDialog makes or changes a credential by the fields of its type. */
export function CredentialDialog({ type, credential, onClose }: FormProps) {
  const detail = useCredentialType(type);
  if (detail.data) return <Form type={detail.data} credential={credential} onClose={onClose} />;
  return (
    <Dialog title="Credential" onClose={onClose}>
      {detail.isLoadingError ? <ErrorState error={detail.error} retry={() => void detail.refetch()} /> : <Skeleton />}
    </Dialog>
  );
}

function Form({ type, credential, onClose }: { type: CredentialTypeDetail; credential?: Credential; onClose: () => void }) {
  const [name, setName] = useState(credential?.name ?? `${type.name} account`);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [domains, setDomains] = useState((credential?.allowedDomains ?? []).join(", "));
  const save = useSaveCredential();
  const values = { ...Object.fromEntries(type.fields.map((f) => [f.name, f.default ?? ""])), ...credential?.fields, ...typed };
  const shown = shownFields(type.fields, values);
  const missing = shown.filter((f) => f.required && values[f.name] === "" && !(f.secret && credential?.secrets.includes(f.name)));
  const send = () =>
    save.mutate(
      { id: credential?.id, type: type.type, name: name.trim(), fields: changedFields(shown, typed), allowedDomains: domains.split(",").map((d) => d.trim()).filter(Boolean) },
      { onSuccess: (c) => (toast(type.authorize && !c.token?.connected ? `“${c.name}” is kept. Press Connect to sign in there.` : `“${c.name}” is kept.`), onClose()) },
    );
  const footer = (
    <>
      <Button onClick={onClose}>Not now</Button>
      <Button look="main" busy={save.isPending} disabled={name.trim() === "" || missing.length > 0} onClick={send}>
        {credential ? "Save changes" : "Keep credential"}
      </Button>
    </>
  );
  return (
    <Dialog title={credential ? `Change “${credential.name}”` : type.name} onClose={onClose} footer={footer}>
      <Field label="Name" value={name} onChange={(e) => setName(e.target.value)} />
      {shown.map((f) => (
        <Value key={f.name} field={f} value={values[f.name] ?? ""} kept={credential?.secrets.includes(f.name) ?? false} onChange={(value) => setTyped({ ...typed, [f.name]: value })} />
      ))}
      <Field
        label="Hosts that may get it"
        value={domains}
        placeholder={(credential?.typeDomains ?? type.domains).join(", ") || "any"}
        hint="Separated by commas, such as api.example.com or *.example.com. Empty: those of the service."
        onChange={(e) => setDomains(e.target.value)}
      />
      {type.authorize && <RedirectAddress />}
      {type.docs && (
        <p className="small">
          <a href={type.docs} target="_blank" rel="noopener noreferrer">
            Where to find these values
          </a>
        </p>
      )}
      {save.isError && <ProblemNotice error={save.error} />}
    </Dialog>
  );
}

/** RedirectAddress is what the service has to know before anybody can connect. */
function RedirectAddress() {
  const address = `${location.origin}/api/oauth2/callback`;
  return (
    <Notice>
      <strong>Enter this redirect address at the service</strong>
      <div className="row between">
        <code className="url">{address}</code>
        <CopyButton text={address} />
      </div>
      <div className="small">Without it the service refuses to connect. Keep the credential, then press Connect in the list.</div>
    </Notice>
  );
}

function Value({ field: f, value, kept, onChange }: { field: CredentialField; value: string; kept: boolean; onChange: (value: string) => void }) {
  const common = { label: f.required ? `${f.label} (needed)` : f.label, hint: f.help, value };
  if (f.type === "boolean") return <Checkbox label={f.label} checked={value === "true"} onChange={(e) => onChange(String(e.target.checked))} />;
  if (f.type === "options") return <Select {...common} choices={(f.options ?? []).map((o) => ({ value: o, label: o }))} onChange={(e) => onChange(e.target.value)} />;
  if (f.type === "json") return <TextArea {...common} mono rows={5} onChange={(e) => onChange(e.target.value)} />;
  const placeholder = kept ? "Kept. Type to replace it" : undefined;
  return <Field {...common} type={f.secret ? "password" : f.type === "number" ? "number" : "text"} autoComplete="off" placeholder={placeholder} onChange={(e) => onChange(e.target.value)} />;
}
