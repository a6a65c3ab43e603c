import { useMemo, useState } from "react";
import { Link, useLocation, useParams, useSearchParams } from "wouter";
import { useCan } from "../../api/account";
import { asProblem } from "../../api/problem";
import { useSave, useWorkflow } from "../../api/workflow";
import { Button } from "../../ui/button";
import { PageError, PageLoading, ProblemNotice } from "../../ui/state";
import { Tabs } from "../../ui/tabs";
import { toast } from "../../ui/toast";
import { problemsByNode } from "../../workflow/problem";
import type { Workflow } from "../../workflow/type";
import { Canvas } from "./canvas";
import { ChatTab } from "./chat";
import { chatOf } from "./chat/session";
import { Head } from "./head";
import { JsonTab } from "./json-tab";
import { LimitsTab } from "./limits-tab";
import { MissingCredentials } from "./missing";
import { RunsTab } from "./runs-tab";
import { TriggersTab } from "./triggers-tab";
import { VersionsTab } from "./versions-tab";
import "./workflow.css";

export default function WorkflowPage() {
  const { id = "" } = useParams<{ id: string }>();
  const stored = useWorkflow(id);
  if (stored.isLoadingError) return <PageError error={stored.error} retry={() => void stored.refetch()} back={{ href: "/workflows", title: "All workflows" }} />;
  if (!stored.data) return <PageLoading />;
  return <Editor key={id} id={id} stored={stored.data} />;
}

/** Editor holds what was changed and not saved yet. */
function Editor({ id, stored }: { id: string; stored: Workflow }) {
  const [draft, setDraft] = useState<Workflow | null>(null);
  const mayEdit = useCan("editor");
  const [query, setQuery] = useSearchParams();
  const save = useSave(id);
  const [, go] = useLocation();
  const workflow = draft ?? stored;
  const problems = useMemo(() => problemsByNode(workflow, save.isError ? asProblem(save.error).fields : []), [workflow, save.isError, save.error]);
  const change = mayEdit ? setDraft : undefined;
  // What was drawn from is what If-Match names: a save over somebody else's version is refused.
  const base = draft?.version ?? stored.version ?? 1;

  const store = () =>
    save.mutate(
      { workflow, version: base },
      {
        onSuccess: (head) => {
          setDraft(null);
          toast(`Saved as version ${head.version}.`);
        },
      },
    );
  // Runs are of the saved version, so its chat is the one to talk to.
  const chat = chatOf(stored.nodes);
  const outdated = draft !== null && stored.version !== base;
  return (
    <div className="page full work-page">
      <div className="crumbs">
        <Link href="/workflows">Workflows</Link> / <span className="clip">{workflow.name}</span>
      </div>
      <Head id={id} workflow={workflow} changed={draft !== null} onRename={change && ((name) => change({ ...workflow, name }))} onGone={() => go("/workflows")} />
      {draft && (
        <div className="save-bar">
          <span>{outdated ? "Somebody saved another version meanwhile. Copy what you need, then discard." : "Changed, not saved yet."}</span>
          <span className="row">
            <Button small onClick={() => (setDraft(null), save.reset())}>
              Discard
            </Button>
            <Button small look="main" busy={save.isPending} onClick={store}>
              Save new version
            </Button>
          </span>
        </div>
      )}
      {save.isError && <Refused error={save.error} onNode={problems.size > (problems.has("") ? 1 : 0)} />}
      <MissingCredentials workflow={workflow} />
      <Tabs
        label="Views of the workflow"
        current={query.get("view") ?? "graph"}
        onChange={(view) => setQuery({ view }, { replace: true })}
        tabs={[
          { key: "graph", title: "Graph", body: () => <Canvas workflow={workflow} problems={problems} onChange={change} /> },
          ...(chat ? [{ key: "chat", title: "Chat", body: () => <ChatTab id={id} workflow={stored} trigger={chat} changed={draft !== null} /> }] : []),
          { key: "json", title: "JSON", body: () => <JsonTab workflow={workflow} onChange={change} /> },
          { key: "triggers", title: "Triggers", body: () => <TriggersTab id={id} workflow={stored} /> },
          { key: "limits", title: "Limits", body: () => <LimitsTab id={id} /> },
          { key: "versions", title: "Versions", body: () => <VersionsTab id={id} current={stored} onRestore={change} /> },
          { key: "runs", title: "Executions", body: () => <RunsTab id={id} /> },
        ]}
      />
    </div>
  );
}

function Refused({ error, onNode }: { error: unknown; onNode: boolean }) {
  return (
    <div className="stack tight">
      <ProblemNotice error={error} />
      {onNode && <p className="small muted">The nodes that are wrong are marked in the graph. Select one to see what the platform says of it.</p>}
    </div>
  );
}
