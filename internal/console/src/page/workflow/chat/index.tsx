import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useCan } from "../../../api/account";
import { useExecution } from "../../../api/execution";
import { useNodeTypes } from "../../../api/nodetype";
import { asProblem } from "../../../api/problem";
import { useRun, useWorkflowHead } from "../../../api/workflow";
import { Graph } from "../../../graph/graph";
import { statesOf } from "../../../run/state";
import { Button } from "../../../ui/button";
import { Icon } from "../../../ui/icon";
import { EmptyState, Notice } from "../../../ui/state";
import type { Workflow, WorkflowNode } from "../../../workflow/type";
import { Answer, Problem } from "./answer";
import "./chat.css";
import { type Line, useSession } from "./session";

interface ChatProps {
  id: string;
  /** The saved version: it is what answers. */
  workflow: Workflow;
  trigger: WorkflowNode;
  changed: boolean;
}

/** ChatTab talks to the workflow through its chat trigger; beside it is the graph of the last run. */
export function ChatTab({ id, workflow, trigger, changed }: ChatProps) {
  const { session, add, set, drop, restart } = useSession(id);
  const [failed, setFailed] = useState<{ line: Line; why: string } | null>(null);
  const run = useRun(id);
  const mayRun = useCan("editor");
  const last = session.lines.findLast((l) => l.run)?.run;

  const send = (line: Line) => {
    setFailed(null);
    run.mutate(
      { key: line.id, startNode: trigger.name, input: { action: "sendMessage", sessionId: session.id, chatInput: line.text } },
      {
        onSuccess: (job) => add({ id: line.id, who: "workflow", run: job.jobId }),
        onError: (error) => setFailed({ line, why: asProblem(error).detail }),
      },
    );
  };
  const say = (text: string) => {
    const line: Line = { id: crypto.randomUUID(), who: "you", text };
    add(line);
    send(line);
  };
  // A run that failed is asked anew under another name: its own would answer with the same run.
  const again = (asked: Line) => {
    drop(asked.id);
    say(session.lines.find((l) => l.id === asked.id && l.who === "you")?.text ?? "");
  };
  const busy = run.isPending || session.lines.some((l) => l.who === "workflow" && l.text === undefined && !l.failed);

  return (
    <div className="chat-view">
      <section className="card chat-box" aria-label="Chat">
        <div className="card-head">
          <h2>Chat</h2>
          <PublicLink id={id} workflow={workflow} />
          <Button small look="ghost" icon="plus" disabled={session.lines.length === 0} onClick={() => (restart(), setFailed(null))}>
            New session
          </Button>
        </div>
        {changed && <Notice tone="warn">What you changed is not saved: version {workflow.version} answers.</Notice>}
        <Log lines={session.lines} greetings={greetingsOf(trigger)}>
          {(line) => <Answer line={line} onEnd={(how) => set(line.id, how)} onAgain={() => again(line)} />}
        </Log>
        {failed && <Problem title="The message was not sent" text={failed.why} onAgain={() => send(failed.line)} />}
        {mayRun ? <Ask busy={busy} onSay={say} /> : <Notice>Your role only looks: an editor can talk to the workflow.</Notice>}
      </section>
      <LastRun run={last} workflow={workflow} />
    </div>
  );
}

/** greetingsOf are the lines with which the author lets the chat begin. */
function greetingsOf(trigger: WorkflowNode): string[] {
  const text = trigger.parameters?.initialMessages;
  return typeof text === "string" ? text.split("\n").map((l) => l.trim()).filter(Boolean) : [];
}

function PublicLink({ id, workflow }: { id: string; workflow: Workflow }) {
  const head = useWorkflowHead(id, workflow.name);
  const page = head.data?.webhooks.find((w) => w.kind === "chat" && w.method === "GET");
  if (!page || !head.data?.active) return <span className="grow" />;
  return (
    <a className="grow small" href={page.path} target="_blank" rel="noreferrer">
      Public page <Icon name="external" size={13} />
    </a>
  );
}

function Log({ lines, greetings, children }: { lines: Line[]; greetings: string[]; children: (line: Line) => React.ReactNode }) {
  const log = useRef<HTMLDivElement>(null);
  useEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [lines]);
  return (
    <div className="chat-log" role="log" aria-live="polite" aria-label="Messages" tabIndex={0} ref={log}>
      {greetings.map((text, i) => (
        <div className="message workflow" key={i}>
          <span className="who">Workflow</span>
          <p>{text}</p>
        </div>
      ))}
      {lines.length === 0 && greetings.length === 0 && (
        <EmptyState icon="chat" title="Say something">
          Each message starts a run of the workflow; what its last node gives is the answer. The session stays the same, so a memory node remembers.
        </EmptyState>
      )}
      {lines.map((line) =>
        line.who === "you" ? (
          <div className="message you" key={`${line.id} you`}>
            <span className="who">You</span>
            <p>{line.text}</p>
          </div>
        ) : (
          <div key={line.id}>{children(line)}</div>
        ),
      )}
    </div>
  );
}

function Ask({ busy, onSay }: { busy: boolean; onSay: (text: string) => void }) {
  const [text, setText] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (busy || text.trim() === "") return;
    onSay(text.trim());
    setText("");
    box.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form className="chat-ask" onSubmit={submit}>
      <span className="muted small" id="chat-keys">
        Enter sends, Shift Enter begins a new line.
      </span>
      <textarea
        ref={box}
        className="input"
        aria-label="Your message"
        aria-describedby="chat-keys"
        placeholder="Your message"
        rows={2}
        maxLength={20_000}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={onKey}
      />
      <Button type="submit" look="main" busy={busy} disabled={text.trim() === ""}>
        Send
      </Button>
    </form>
  );
}

/** LastRun shows on the graph what the last message set going. */
function LastRun({ run, workflow }: { run?: string; workflow: Workflow }) {
  return <div className="chat-graph">{run ? <Followed run={run} workflow={workflow} /> : <Drawn workflow={workflow} />}</div>;
}

function Followed({ run, workflow }: { run: string; workflow: Workflow }) {
  const { data } = useExecution(run);
  const states = useMemo(() => statesOf(data?.nodes ?? []), [data]);
  return <Drawn workflow={workflow} states={states} />;
}

function Drawn({ workflow, states }: { workflow: Workflow; states?: ReturnType<typeof statesOf> }) {
  const { byType, loaded } = useNodeTypes();
  return <Graph label="Graph of the last message's run" workflow={workflow} types={byType} typesLoaded={loaded} states={states} />;
}
