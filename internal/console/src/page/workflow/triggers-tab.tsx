import { useWorkflowHead } from "../../api/workflow";
import { EmptyState, ErrorState, Notice, Skeleton } from "../../ui/state";
import { kindOf, labelOf } from "../../workflow/kind";
import type { Workflow } from "../../workflow/type";
import { isShown, WebhookRow } from "../webhooks/row";

/** entries tell of what starts a workflow without an address. */
const entries: Record<string, (node: string) => string> = {
  error: (node) => `“${node}” starts it when a run fails of a workflow whose settings name this one as errorWorkflow.`,
  chat: (node) => `“${node}” is a chat for the tenant's members: talk to it in the view Chat. To give it an address for everybody, set public to true in the node.`,
};

/** TriggersTab tells what starts the workflow. */
export function TriggersTab({ id, workflow }: { id: string; workflow: Workflow }) {
  const head = useWorkflowHead(id, workflow.name);
  const triggers = workflow.nodes.filter((n) => kindOf(n.type) === "trigger" && !n.disabled);
  if (head.isLoadingError) return <ErrorState error={head.error} retry={() => void head.refetch()} />;
  if (head.isPending) return <Skeleton />;
  if (triggers.length === 0) {
    return (
      <EmptyState icon="bolt" title="Nothing starts it by itself">
        It has no trigger node. It runs by hand, by the API, or from another workflow.
      </EmptyState>
    );
  }
  return (
    <div className="stack">
      {!workflow.active && <Notice>The workflow is not active: its triggers start it only while it is.</Notice>}
      <div className="card">
        <table className="table-plain">
          <thead>
            <tr>
              <th>Node</th>
              <th>Kind</th>
            </tr>
          </thead>
          <tbody>
            {triggers.map((n) => (
              <tr key={n.name}>
                <td>{n.name}</td>
                <td className="muted">{labelOf(n.type)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {head.data?.entries.map((e) => (
        <Notice key={e.node}>{entries[e.kind]!(e.node)}</Notice>
      ))}
      {head.data?.webhooks.filter(isShown).map((w) => (
        <WebhookRow key={`${w.method} ${w.path}`} webhook={w} active={head.data?.active === true} />
      ))}
    </div>
  );
}
