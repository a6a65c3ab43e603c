import { Link, useParams } from "wouter";
import { useExecution } from "../../api/execution";
import { PageError, PageLoading } from "../../ui/state";
import { Run } from "./run";

export default function ExecutionPage() {
  const { id = "" } = useParams<{ id: string }>();
  const execution = useExecution(id);
  if (execution.isLoadingError) return <PageError error={execution.error} retry={() => void execution.refetch()} back={{ href: "/executions", title: "All executions" }} />;
  if (!execution.data) return <PageLoading />;
  return <Run key={id} execution={execution.data} live={execution.live} above={<Link href="/executions">Executions</Link>} />;
}
