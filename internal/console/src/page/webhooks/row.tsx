import { useState } from "react";
import type { Schema } from "../../api/client";
import { duration } from "../../text/time";
import { Button, CopyButton } from "../../ui/button";
import { TextArea } from "../../ui/field";
import { Badge, Notice } from "../../ui/state";

interface Answered {
  status: number;
  ms: number;
  body: string;
}

const pages: Record<string, { badge: string; open: string }> = { form: { badge: "Form", open: "Open form" }, chat: { badge: "Chat", open: "Open chat" } };

/** isShown leaves out where a form's page sends its answers, and what an MCP server refuses: nobody calls that by hand. */
export const isShown = (w: Schema["Webhook"]) => !(w.kind === "form" && w.method !== "GET") && !(w.kind === "mcp" && w.method !== "POST");

/** WebhookRow is one address that starts a workflow: to copy, and to call for a test; or a page to open. */
export function WebhookRow({ webhook, active, title }: { webhook: Schema["Webhook"]; active: boolean; title?: React.ReactNode }) {
  const [open, setOpen] = useState(false);
  const url = location.origin + webhook.path;
  const page = webhook.method === "GET" ? pages[webhook.kind] : undefined;
  return (
    <section className="card" aria-label={`Webhook ${webhook.path}`}>
      <div className="card-body stack tight">
        <div className="row wrap between">
          <span className="row wrap">
            <Badge tone="info">{page ? page.badge : webhook.kind === "mcp" ? "MCP" : webhook.method}</Badge>
            {title ?? <strong>{webhook.node}</strong>}
            {!active && <Badge>not active</Badge>}
            {active && webhook.registration && <Registered status={webhook.registration.status} />}
          </span>
          <span className="row">
            <CopyButton text={url} label="Copy URL" />
            {page ? (
              active && (
                <a className="button small" href={url} target="_blank" rel="noreferrer">
                  {page.open}
                </a>
              )
            ) : (
              <Button small aria-expanded={open} onClick={() => setOpen(!open)}>
                Test call
              </Button>
            )}
          </span>
        </div>
        <code className="url">{url}</code>
        {active && webhook.registration?.problem && <Notice tone={webhook.registration.status === "failed" ? "bad" : undefined}>{webhook.registration.problem}</Notice>}
        {open && <TestCall url={url} method={webhook.method} first={samples[webhook.kind] ?? '{"hello": "world"}'} />}
      </div>
    </section>
  );
}

/** Registered tells whether the service that is to call the address knows it. */
function Registered({ status }: { status: "pending" | "registered" | "failed" }) {
  if (status === "registered") return <Badge tone="ok">registered</Badge>;
  return status === "failed" ? <Badge tone="bad">not registered</Badge> : <Badge>being registered</Badge>;
}

/** samples are a message as n8n's chat sends it, and an MCP client's question which tools there are. */
const samples: Record<string, string> = {
  chat: '{"action": "sendMessage", "sessionId": "test", "chatInput": "Hello"}',
  mcp: '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}',
};

function TestCall({ url, method, first }: { url: string; method: string; first: string }) {
  const [body, setBody] = useState(first);
  const [answer, setAnswer] = useState<Answered | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const hasBody = method !== "GET" && method !== "HEAD";
  const send = async () => {
    setBusy(true);
    setProblem(null);
    const from = performance.now();
    try {
      const response = await fetch(url, { method, ...(hasBody ? { body, headers: { "Content-Type": "application/json" } } : {}) });
      setAnswer({ status: response.status, ms: performance.now() - from, body: await response.text() });
    } catch {
      setProblem("The address does not answer.");
    }
    setBusy(false);
  };
  return (
    <div className="stack tight">
      {hasBody && <TextArea label="Body" mono rows={4} value={body} onChange={(e) => setBody(e.target.value)} />}
      <div className="row">
        <Button small look="main" busy={busy} onClick={() => void send()}>
          Send {method}
        </Button>
        {answer && (
          <Badge tone={answer.status < 400 ? "ok" : "bad"}>
            {answer.status} in {duration(answer.ms)}
          </Badge>
        )}
      </div>
      {problem && <Notice tone="bad">{problem}</Notice>}
      {answer && <pre className="answer">{answer.body || "(no body)"}</pre>}
    </div>
  );
}
