import type { CredentialField } from "../../api/credential";

/** shownFields are those whose conditions the values meet. */
export function shownFields(fields: CredentialField[], values: Record<string, string>): CredentialField[] {
  return fields.filter((f) => Object.entries(f.show ?? {}).every(([name, allowed]) => (allowed ?? []).includes(values[name] ?? "")));
}

/** changedFields are what the person typed, in the types that the fields have. What was not typed stays as it is, a secret too. */
export function changedFields(fields: CredentialField[], typed: Record<string, string>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const f of fields) {
    const value = typed[f.name];
    if (value === undefined) continue;
    if (f.type === "boolean") out[f.name] = value === "true";
    else if (f.type === "number") out[f.name] = value === "" ? "" : Number(value);
    else out[f.name] = value;
  }
  return out;
}
