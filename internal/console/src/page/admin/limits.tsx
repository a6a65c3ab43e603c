import { limitFields, type LimitKey } from "../../api/admin";
import { Field } from "../../ui/field";
import "./admin.css";

export type LimitText = Record<LimitKey, string>;

/** LimitInputs edits limits; an empty one keeps what holds without it. */
export function LimitInputs({ value, inherited, onChange }: { value: LimitText; inherited?: Record<LimitKey, number>; onChange: (value: LimitText) => void }) {
  return (
    <div className="limits">
      {limitFields.map(({ key, label }) => (
        <Field
          key={key}
          label={label}
          type="number"
          min={-1}
          step={1}
          placeholder={inherited ? String(inherited[key]) : undefined}
          value={value[key]}
          onChange={(e) => onChange({ ...value, [key]: e.target.value })}
        />
      ))}
    </div>
  );
}

/** textOf are limits as they stand in the inputs. */
export function textOf(limits: Partial<Record<LimitKey, number>>): LimitText {
  return Object.fromEntries(limitFields.map(({ key }) => [key, limits[key] === undefined ? "" : String(limits[key])])) as LimitText;
}

/** numbersOf are the limits that were filled in. */
export function numbersOf(text: LimitText): Partial<Record<LimitKey, number>> {
  return Object.fromEntries(Object.entries(text).filter(([, v]) => v.trim() !== "").map(([k, v]) => [k, Number(v)]));
}
