import { useDeferredValue, useState } from "react";
import { Link, useLocation } from "wouter";
import { useCan } from "../../api/account";
import { useActivate, useCreate, useWorkflowNames, useWorkflows, type WorkflowHead } from "../../api/workflow";
import { count } from "../../text/number";
import { Button, LinkButton } from "../../ui/button";
import { SearchBox, Switch } from "../../ui/field";
import { EmptyState, ErrorState, Skeleton } from "../../ui/state";
import { type Column, Table } from "../../ui/table";
import { Ago } from "../../ui/time";
import { toast, toastError } from "../../ui/toast";
import { freeName } from "../../workflow/name";
import { ImportDialog } from "./import-dialog";
import { useFileDrop } from "./drop";

export default function Workflows() {
  const [search, setSearch] = useState("");
  const [importing, setImporting] = useState<File[] | null>(() => (location.hash === "#import" ? [] : null));
  const mayEdit = useCan("editor");
  const list = useWorkflows(useDeferredValue(search));
  const over = useFileDrop(mayEdit, setImporting);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Workflows</h1>
          <p className="lead">What your tenant runs. Drop or paste n8n exports anywhere on this page to import them.</p>
        </div>
        {mayEdit && (
          <div className="row">
            <NewButton />
            <Button look="main" icon="upload" onClick={() => setImporting([])}>
              Import
            </Button>
          </div>
        )}
      </header>
      <SearchBox label="Search by name" value={search} onChange={(e) => setSearch(e.target.value)} />
      <div className={over ? "card drop-over" : "card"}>
        <List list={list} search={search} onImport={() => setImporting([])} />
      </div>
      {importing && <ImportDialog files={importing} onClose={() => setImporting(null)} />}
    </div>
  );
}

/** NewButton makes a workflow that has a start and nothing else yet. */
function NewButton() {
  const create = useCreate();
  const [, go] = useLocation();
  const names = useWorkflowNames();
  const start = { name: "Start", type: "n8n-nodes-base.manualTrigger", typeVersion: 1, position: [0, 0] as [number, number], parameters: {} };
  const make = () => create.mutate({ name: freeName("New workflow", new Set(names.values())), nodes: [start], connections: {}, settings: { executionOrder: "v1" } }, { onSuccess: (w) => go(`/workflows/${w.id}`), onError: toastError });
  return (
    <Button icon="plus" busy={create.isPending} onClick={make}>
      New
    </Button>
  );
}

function List({ list, search, onImport }: { list: ReturnType<typeof useWorkflows>; search: string; onImport: () => void }) {
  const mayEdit = useCan("editor");
  if (list.isLoadingError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Skeleton lines={8} />;
  if (list.items.length === 0 && search !== "") {
    return (
      <EmptyState icon="search" title="No workflow has this in its name">
        Search looks at names alone. Try a shorter part of the name.
      </EmptyState>
    );
  }
  if (list.items.length === 0) {
    const action = (
      <>
        {mayEdit && (
          <Button look="main" icon="upload" onClick={onImport}>
            Import from n8n
          </Button>
        )}
        <LinkButton href="/templates" icon="template">
          Start from a template
        </LinkButton>
      </>
    );
    return (
      <EmptyState icon="workflow" title="No workflows yet" action={action}>
        Bring the JSON files that n8n exports: nodes, connections and AI agents are kept as they are.
      </EmptyState>
    );
  }
  return (
    <Table
      label="Workflows"
      rows={list.items}
      columns={columns(mayEdit)}
      rowKey={(w) => w.id}
      rowHeight={48}
      height="calc(100dvh - 230px)"
      more={list.hasNextPage}
      onEnd={() => !list.isFetchingNextPage && void list.fetchNextPage()}
    />
  );
}

function columns(mayEdit: boolean): Column<WorkflowHead>[] {
  return [
    {
      key: "name",
      title: "Name",
      width: "minmax(0, 3fr)",
      cell: (w) => (
        <Link className="whole" href={`/workflows/${w.id}`}>
          {w.name}
        </Link>
      ),
    },
    { key: "nodes", title: "Nodes", width: "80px", right: true, wide: true, cell: (w) => count(w.nodes) },
    { key: "version", title: "Version", width: "90px", right: true, wide: true, cell: (w) => w.version },
    { key: "updated", title: "Changed", width: "minmax(110px, 1fr)", cell: (w) => <Ago at={w.updatedAt} /> },
    { key: "active", title: "Active", width: "76px", cell: (w) => <ActiveSwitch workflow={w} disabled={!mayEdit} /> },
  ];
}

function ActiveSwitch({ workflow: w, disabled }: { workflow: WorkflowHead; disabled: boolean }) {
  const activate = useActivate();
  const change = (on: boolean) =>
    activate.mutate({ id: w.id, on }, { onSuccess: () => toast(on ? `“${w.name}” is active: its triggers start it.` : `“${w.name}” is no longer active.`), onError: toastError });
  return (
    <span className="above">
      <Switch on={w.active} label={`${w.name}: ${w.active ? "active" : "not active"}`} disabled={disabled || activate.isPending} onChange={change} />
    </span>
  );
}
