import { useCallback, useState } from "react";
import { keptPrefix } from "../../../session/session";
import type { WorkflowNode } from "../../../workflow/type";

/** Line is what one side of a chat said. An answer without text is not there, or not yet: its run says why. */
export interface Line {
  /** Names the message: sent twice, it makes one run. */
  id: string;
  who: "you" | "workflow";
  text?: string;
  /** The run that answers. */
  run?: string;
  /** The run ended, and there is no answer. */
  failed?: true;
}

/** Session is a conversation, by whose id the workflow's memory knows it. */
export interface Session {
  id: string;
  lines: Line[];
}

/** mostLines is how much of a conversation the tab keeps. */
const mostLines = 200;

const fresh = (): Session => ({ id: crypto.randomUUID(), lines: [] });

function read(key: string): Session {
  try {
    return (JSON.parse(sessionStorage.getItem(key) ?? "null") as Session | null) ?? fresh();
  } catch {
    return fresh();
  }
}

/** useSession keeps the conversation with a workflow over reloads of the tab, until the person signs out. */
export function useSession(workflow: string) {
  const key = `${keptPrefix}chat.${workflow}`;
  const [session, setSession] = useState(() => read(key));
  const change = useCallback(
    (next: (old: Session) => Session) =>
      setSession((old) => {
        const made = next(old);
        const kept = { ...made, lines: made.lines.slice(-mostLines) };
        try {
          sessionStorage.setItem(key, JSON.stringify(kept));
        } catch {
          // The tab's store is full: the conversation goes on, and a reload forgets it.
        }
        return kept;
      }),
    [key],
  );
  const add = useCallback((...lines: Line[]) => change((s) => ({ ...s, lines: [...s.lines, ...lines] })), [change]);
  const set = useCallback((id: string, line: Partial<Line>) => change((s) => ({ ...s, lines: s.lines.map((l) => (l.id === id && l.who === "workflow" ? { ...l, ...line } : l)) })), [change]);
  const drop = useCallback((id: string) => change((s) => ({ ...s, lines: s.lines.filter((l) => l.id !== id) })), [change]);
  const restart = useCallback(() => change(fresh), [change]);
  return { session, add, set, drop, restart };
}

const chatTypes = ["@n8n/n8n-nodes-langchain.chatTrigger", "@n8n/n8n-nodes-langchain.manualChatTrigger"];

/** chatOf is the node by which people talk to the workflow, if it has one. */
export function chatOf(nodes: WorkflowNode[]): WorkflowNode | undefined {
  return nodes.find((n) => chatTypes.includes(n.type) && !n.disabled);
}

/** wordsOf is what a chat shows of a run's output: of the first item what n8n's chat reads, else all of it. */
export function wordsOf(output: unknown): string {
  const first: unknown = Array.isArray(output) ? output[0] : output;
  const json = (first as { json?: Record<string, unknown> } | undefined)?.json;
  if (json === undefined) return "";
  for (const key of ["output", "text", "message"]) {
    const value = json[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return Object.keys(json).length === 0 ? "" : JSON.stringify(json, null, 2);
}
