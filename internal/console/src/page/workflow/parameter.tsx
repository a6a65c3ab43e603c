import type { Parameter } from "../../api/nodetype";
import { Checkbox, Field, Select, TextArea } from "../../ui/field";
import { JsonView } from "../../ui/json-view";
import { isExpression, parameterLabel } from "../../workflow/parameter";

interface ParameterProps {
  parameter: Parameter;
  value: unknown;
  /** Without it the parameter is only looked at. */
  onChange?: (value: unknown) => void;
}

/** ParameterField shows one parameter; plain ones can be changed here, trees are changed as JSON. */
export function ParameterField({ parameter: p, value, onChange }: ParameterProps) {
  const label = parameterLabel(p.name);
  const current = value ?? p.default;
  const unset = value === undefined;
  const common = { label, hint: p.description, disabled: !onChange };
  if (typeof current === "object" && current !== null) return <Tree label={label} value={current} hint={p.description} />;
  if (isExpression(current) || p.type === "string" || p.type === "json" || p.type === "code") return <Text {...common} value={String(current ?? "")} type={p.type} onChange={onChange} />;
  if (p.type === "boolean") return <Checkbox label={label} checked={current === true} disabled={!onChange} onChange={(e) => onChange?.(e.target.checked)} />;
  if (p.type === "number") return <Field {...common} type="number" value={String(current ?? "")} onChange={(e) => onChange?.(e.target.value === "" ? undefined : Number(e.target.value))} />;
  if (p.type === "options" && p.options?.length) {
    const choices = p.options.map((o) => ({ value: JSON.stringify(o.value), label: o.name }));
    const now = JSON.stringify(current ?? "");
    if (!choices.some((c) => c.value === now)) choices.unshift({ value: now, label: unset ? "Not set" : String(current) });
    return <Select {...common} choices={choices} value={now} onChange={(e) => onChange?.(JSON.parse(e.target.value))} />;
  }
  if (current === undefined || current === null) return <Tree label={label} value={current ?? null} hint={p.description} />;
  return <Text {...common} value={String(current)} type={p.type} onChange={onChange} />;
}

function Text({ value, type, onChange, ...common }: { label: string; hint?: string; disabled: boolean; value: string; type: string; onChange?: (value: unknown) => void }) {
  const expression = isExpression(value);
  const hint = expression ? <span className="expression-hint">Expression: computed for each item</span> : common.hint;
  if (type === "code" || type === "json" || value.includes("\n") || value.length > 60 || expression) {
    const rows = Math.min(16, Math.max(2, value.split("\n").length, Math.ceil(value.length / 44)));
    return <TextArea {...common} hint={hint} mono rows={rows} value={value} onChange={(e) => onChange?.(e.target.value)} />;
  }
  return <Field {...common} hint={hint} value={value} onChange={(e) => onChange?.(e.target.value)} />;
}

export function Tree({ label, value, hint }: { label: string; value: unknown; hint?: string }) {
  return (
    <div className="field">
      <span className="label">{label}</span>
      {typeof value === "object" && value !== null && Object.keys(value).length > 0 ? (
        <div className="tree">
          <JsonView label={label} value={value} height="260px" />
        </div>
      ) : (
        <span className="muted small">{value === null || typeof value === "object" ? "Empty" : String(value)}</span>
      )}
      {hint && <div className="hint">{hint}</div>}
    </div>
  );
}
