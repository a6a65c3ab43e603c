import { useState } from "react";
import { useCan } from "../../api/account";
import { useLimits, useSetLimits, type WorkflowCaps, type WorkflowLimits } from "../../api/workflow";
import { count, money } from "../../text/number";
import { Button } from "../../ui/button";
import { Meter } from "../../ui/chart";
import { Field } from "../../ui/field";
import { ErrorState, ProblemNotice, Skeleton } from "../../ui/state";
import { toast } from "../../ui/toast";

type Name = keyof WorkflowCaps;

const groups: { title: string; fields: { name: Name; label: string; hint: string }[] }[] = [
  {
    title: "Each run",
    fields: [
      { name: "maxTokensPerRun", label: "AI tokens", hint: "A call that could pass it is not made." },
      { name: "maxCostPerRunUsd", label: "AI cost, in dollars", hint: "The same, in money." },
      { name: "maxNodeRuns", label: "Node runs", hint: "At most 10,000." },
      { name: "maxLoopRuns", label: "Runs of one node", hint: "Ends loops that do not end by themselves." },
      { name: "maxSubRuns", label: "Runs of other workflows", hint: "That one run starts, at most 1,000." },
    ],
  },
  {
    title: "Each month",
    fields: [
      { name: "maxTokensPerMonth", label: "AI tokens", hint: "Of all its runs together, by UTC." },
      { name: "maxCostPerMonthUsd", label: "AI cost, in dollars", hint: "The same, in money." },
    ],
  },
];

/** LimitsTab shows what the workflow has used of its own budget, and sets it. */
export function LimitsTab({ id }: { id: string }) {
  const limits = useLimits(id);
  if (limits.isLoadingError) return <ErrorState error={limits.error} retry={() => void limits.refetch()} />;
  if (!limits.data) return <Skeleton />;
  return <Limits key={JSON.stringify(limits.data)} id={id} limits={limits.data} />;
}

function Limits({ id, limits }: { id: string; limits: WorkflowLimits }) {
  const mayEdit = useCan("editor");
  const save = useSetLimits(id);
  const [typed, setTyped] = useState<Partial<Record<Name, string>>>({});
  const value = (name: Name) => typed[name] ?? (limits[name] === undefined ? "" : String(limits[name]));
  const store = () => {
    const names = groups.flatMap((g) => g.fields.map((f) => f.name));
    // 0 takes a limit away.
    const body = Object.fromEntries(names.map((n) => [n, Number(value(n) || 0)])) as WorkflowCaps;
    save.mutate(body, { onSuccess: () => toast("The limits hold from the next call on.") });
  };
  const { month } = limits;
  return (
    <div className="stack">
      <section className="card card-body stack" aria-label="Used this month">
        <Meter label="AI cost this month" used={month.costUsd} limit={limits.maxCostPerMonthUsd ?? -1} text={limits.maxCostPerMonthUsd ? `${money(month.costUsd)} of ${money(limits.maxCostPerMonthUsd)}` : money(month.costUsd)} />
        <Meter label="AI tokens this month" used={month.tokens} limit={limits.maxTokensPerMonth ?? -1} text={limits.maxTokensPerMonth ? `${count(month.tokens)} of ${count(limits.maxTokensPerMonth)}` : count(month.tokens)} />
      </section>
      <div className="grid two">
        {groups.map((g) => (
          <section key={g.title} className="card" aria-label={g.title}>
            <div className="card-head">
              <h2>{g.title}</h2>
            </div>
            <div className="card-body stack">
              {g.fields.map((f) => (
                <Field key={f.name} label={f.label} hint={f.hint} type="number" min={0} step="any" placeholder="No limit" disabled={!mayEdit} value={value(f.name)} onChange={(e) => setTyped({ ...typed, [f.name]: e.target.value })} />
              ))}
            </div>
          </section>
        ))}
      </div>
      {save.isError && <ProblemNotice error={save.error} />}
      {mayEdit && (
        <div>
          <Button look="main" busy={save.isPending} disabled={Object.keys(typed).length === 0} onClick={store}>
            Save limits
          </Button>
        </div>
      )}
    </div>
  );
}
