import { useState } from "react";
import { type Key, useLimitKey } from "../../api/access";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { ProblemNotice } from "../../ui/state";
import { toast } from "../../ui/toast";

/** rateOf is the limit in a field's text: null for none, undefined for what is no limit. */
export function rateOf(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  return /^[1-9]\d{0,8}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** RateField is how many requests a minute a key may send. */
export function RateField({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  return (
    <Field
      label="Requests a minute"
      inputMode="numeric"
      value={text}
      hint="Empty: what the plan allows each key, which is also the most."
      wrong={rateOf(text) === undefined ? "A whole number from 1, or nothing." : undefined}
      onChange={(e) => onChange(e.target.value)}
    />
  );
}

/** RateDialog changes how many requests a minute a key may send. */
export function RateDialog({ of, onClose }: { of: Key; onClose: () => void }) {
  const [text, setText] = useState(of.requestsPerMinute ? String(of.requestsPerMinute) : "");
  const change = useLimitKey();
  const rate = rateOf(text);
  return (
    <Dialog
      title={`Limit of “${of.name}”`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button
            look="main"
            busy={change.isPending}
            disabled={rate === undefined}
            onClick={() => change.mutate({ id: of.id, requestsPerMinute: rate ?? null }, { onSuccess: () => (toast("The limit holds within 10 seconds."), onClose()) })}
          >
            Save
          </Button>
        </>
      }
    >
      <RateField text={text} onChange={setText} />
      {change.isError && <ProblemNotice error={change.error} />}
    </Dialog>
  );
}
