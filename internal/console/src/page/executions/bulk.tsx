import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { cancel, type Execution, isOpen, resume, retry } from "../../api/execution";
import { asProblem } from "../../api/problem";
import { plural } from "../../text/number";
import { Button } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { Notice } from "../../ui/state";
import { toast } from "../../ui/toast";

interface Action {
  key: string;
  title: string;
  allows: (e: Execution) => boolean;
  send: (id: string) => Promise<unknown>;
  says: string;
}

const actions: Action[] = [
  { key: "resume", title: "Resume", allows: (e) => e.status === "failed", send: (id) => resume({ id }), says: "go on from where they failed" },
  { key: "retry", title: "Retry", allows: (e) => !isOpen(e.status), send: (id) => retry({ id }), says: "start anew from the beginning: what they do outside happens again" },
  { key: "cancel", title: "Cancel", allows: (e) => isOpen(e.status), send: cancel, says: "are cancelled" },
];

/** atOnce is how many requests of a bulk action are under way together. */
const atOnce = 4;

/** BulkBar acts on the runs that were chosen: on those whose status allows it. */
export function BulkBar({ chosen, onDone }: { chosen: Execution[]; onDone: () => void }) {
  const [asking, setAsking] = useState<Action | null>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string[]>([]);
  const cache = useQueryClient();
  const fits = asking ? chosen.filter(asking.allows) : [];

  const act = async () => {
    if (!asking) return;
    setBusy(true);
    const wrong = await inTurn(fits.map((e) => e.id), asking.send);
    setBusy(false);
    setRefused(wrong);
    await cache.invalidateQueries({ queryKey: ["executions"] });
    toast(`${asking.title}: ${fits.length - wrong.length} of ${fits.length} done.`, wrong.length > 0 ? "bad" : "ok");
    if (wrong.length > 0) return;
    setAsking(null);
    onDone();
  };
  return (
    <div className="bulk">
      <span>{plural(chosen.length, "run")} chosen</span>
      <span className="row wrap">
        {actions.map((a) => {
          const n = chosen.filter(a.allows).length;
          return (
            <Button key={a.key} small disabled={n === 0} onClick={() => (setRefused([]), setAsking(a))}>
              {a.title} {n > 0 && n}
            </Button>
          );
        })}
        <Button small look="ghost" onClick={onDone}>
          Clear
        </Button>
      </span>
      {asking && (
        <Confirm title={`${asking.title} ${plural(fits.length, "run")}?`} action={asking.title} danger={asking.key === "cancel"} busy={busy} onConfirm={() => void act()} onClose={() => setAsking(null)}>
          {plural(fits.length, "run")} {asking.says}.{fits.length < chosen.length && ` The other ${chosen.length - fits.length} are in a state that does not allow it and stay as they are.`}
          {refused.length > 0 && (
            <Notice tone="bad">
              {refused.slice(0, 8).map((text, i) => (
                <div key={i}>{text}</div>
              ))}
            </Notice>
          )}
        </Confirm>
      )}
    </div>
  );
}

/** inTurn sends a request for each id, a few at once, and returns what was refused. */
async function inTurn(ids: string[], send: (id: string) => Promise<unknown>): Promise<string[]> {
  const left = [...ids];
  const refused: string[] = [];
  const worker = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      await send(id).catch((error: unknown) => refused.push(`${id}: ${asProblem(error).detail}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return refused;
}
