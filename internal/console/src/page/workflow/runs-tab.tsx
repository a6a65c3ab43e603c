import { useExecutions } from "../../api/execution";
import { EmptyState } from "../../ui/state";
import { ExecutionList } from "../executions/list";

/** RunsTab lists the runs of one workflow. */
export function RunsTab({ id }: { id: string }) {
  const list = useExecutions({ workflowId: id });
  const empty = (
    <EmptyState icon="runs" title="It has not run yet">
      Press Run above, or activate it so that its triggers start it.
    </EmptyState>
  );
  return (
    <div className="card">
      <ExecutionList list={list} empty={empty} oneWorkflow height="calc(100dvh - 260px)" />
    </div>
  );
}
