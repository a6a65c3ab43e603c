import { Link } from "wouter";
import { useCan } from "../../api/account";
import { useCredentials } from "../../api/credential";
import { Select } from "../../ui/field";
import { found, referenceOf } from "../../workflow/credential";
import { labelOf } from "../../workflow/kind";
import type { WorkflowNode } from "../../workflow/type";

/** credentialTypesOf are the types of credentials that a node names, or that its parameters ask for. */
export function credentialTypesOf(node: WorkflowNode, offered: string[]): string[] {
  const p = node.parameters ?? {};
  const asked = [p.nodeCredentialType, p.genericAuthType].filter((t): t is string => typeof t === "string" && t !== "");
  const named = Object.keys(node.credentials ?? {});
  // A node of one service has one type or a few; the HTTP node offers all and asks by its parameters.
  return [...new Set([...named, ...asked, ...(named.length + asked.length === 0 && offered.length <= 3 ? offered : [])])];
}

/** CredentialSelect chooses which of the tenant's credentials a node uses. */
export function CredentialSelect({ node, type, onChange }: { node: WorkflowNode; type: string; onChange?: (node: WorkflowNode) => void }) {
  const mayRead = useCan("editor");
  const credentials = useCredentials(mayRead);
  const fitting = (credentials.data ?? []).filter((c) => c.type === type);
  const now = referenceOf(node, type);
  const chosen = found(now, type, fitting);
  const missing = now.name ? `“${now.name}”, not here yet` : "None";
  const choose = (id: string) => {
    const c = fitting.find((f) => f.id === id);
    if (c) onChange?.({ ...node, credentials: { ...node.credentials, [type]: { id: c.id, name: c.name } } });
  };
  return (
    <Select
      label={`Credential: ${labelOf(type)}`}
      value={chosen?.id ?? ""}
      disabled={!onChange || fitting.length === 0}
      onChange={(e) => choose(e.target.value)}
      choices={[...(chosen ? [] : [{ value: "", label: missing }]), ...fitting.map((c) => ({ value: c.id, label: c.name }))]}
      hint={
        mayRead && credentials.isSuccess && fitting.length === 0 ? (
          <Link href={`/credentials?new=${encodeURIComponent(type)}`}>Make one under Credentials</Link>
        ) : undefined
      }
    />
  );
}
