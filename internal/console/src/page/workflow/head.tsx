import { useState } from "react";
import { useCan } from "../../api/account";
import { useActivate, useDelete } from "../../api/workflow";
import { Button } from "../../ui/button";
import { Confirm, Dialog } from "../../ui/dialog";
import { Field, Switch } from "../../ui/field";
import { Badge } from "../../ui/state";
import { toast, toastError } from "../../ui/toast";
import { download } from "../../text/download";
import type { Workflow } from "../../workflow/type";
import { RunDialog } from "./run-dialog";

interface HeadProps {
  id: string;
  workflow: Workflow;
  changed: boolean;
  /** Without it the name is only looked at. */
  onRename?: (name: string) => void;
  onGone: () => void;
}

/** Head names the workflow and holds what can be done with the whole of it. */
export function Head({ id, workflow, changed, onRename, onGone }: HeadProps) {
  const [asking, setAsking] = useState<"run" | "delete" | "rename" | null>(null);
  const mayEdit = useCan("editor");
  const activate = useActivate();
  const remove = useDelete();
  const active = workflow.active === true;
  const exported = () => {
    const { id: _id, active: _active, version: _version, createdAt: _at, updatedAt: _then, ...rest } = workflow;
    download(`${(workflow.name ?? "workflow").replace(/[^\p{L}\p{N} _-]+/gu, "_")}.json`, JSON.stringify(rest, null, 2), "application/json");
  };
  return (
    <header className="page-head">
      <div className="title-row">
        <h1>{workflow.name}</h1>
        {onRename && <Button look="ghost" small icon="edit" aria-label="Rename workflow" onClick={() => setAsking("rename")} />}
        <Badge>version {workflow.version}</Badge>
        <span className="row">
          <Switch
            on={active}
            label={active ? "Active: its triggers start it" : "Not active: it runs by hand and by the API alone"}
            disabled={!mayEdit || activate.isPending}
            onChange={(on) => activate.mutate({ id, on }, { onSuccess: () => toast(on ? "Active: its triggers start it." : "No longer active."), onError: toastError })}
          />
          <span className="muted small">{active ? "Active" : "Not active"}</span>
        </span>
      </div>
      <div className="row wrap">
        <Button icon="download" onClick={exported}>
          Export
        </Button>
        {mayEdit && (
          <>
            <Button look="ghost" icon="trash" aria-label="Delete workflow" onClick={() => setAsking("delete")} />
            <Button look="main" icon="play" onClick={() => setAsking("run")}>
              Run
            </Button>
          </>
        )}
      </div>
      {asking === "run" && <RunDialog id={id} workflow={workflow} changed={changed} onClose={() => setAsking(null)} />}
      {asking === "rename" && onRename && <RenameDialog name={workflow.name ?? ""} onRename={onRename} onClose={() => setAsking(null)} />}
      {asking === "delete" && (
        <Confirm
          title="Delete this workflow?"
          action="Delete workflow"
          danger
          busy={remove.isPending}
          error={remove.error}
          onClose={() => setAsking(null)}
          onConfirm={() => remove.mutate(id, { onSuccess: () => (toast(`“${workflow.name}” was deleted.`), onGone()) })}
        >
          “{workflow.name}” and all its versions are deleted. Runs that are under way go on to their end. Export it first if you may need it again.
        </Confirm>
      )}
    </header>
  );
}

function RenameDialog({ name, onRename, onClose }: { name: string; onRename: (name: string) => void; onClose: () => void }) {
  const [typed, setTyped] = useState(name);
  const rename = () => {
    onRename(typed.trim());
    onClose();
  };
  const footer = (
    <>
      <Button onClick={onClose}>Not now</Button>
      <Button look="main" disabled={typed.trim() === "" || typed === name} onClick={rename}>
        Rename
      </Button>
    </>
  );
  return (
    <Dialog title="Rename the workflow" onClose={onClose} footer={footer}>
      <Field label="Name" value={typed} hint="It is stored with the next version that you save." onChange={(e) => setTyped(e.target.value)} />
    </Dialog>
  );
}
