import { Link, Redirect, useParams, useSearchParams } from "wouter";
import { useTenantNames } from "../../api/admin";
import { useExecution } from "../../api/execution";
import { Owner, runPage, useOwner } from "../../api/owner";
import { Notice, PageError, PageLoading } from "../../ui/state";
import { Run } from "../execution/run";

/** AdminExecution is one run of any tenant, as an operator sees it. */
export default function AdminExecution() {
  const [query] = useSearchParams();
  return (
    <Owner value={query.get("tenant") ?? ""}>
      <OfTenant />
    </Owner>
  );
}

function OfTenant() {
  const { id = "" } = useParams<{ id: string }>();
  const owner = useOwner();
  const execution = useExecution(id);
  const names = useTenantNames();
  if (execution.isLoadingError) return <PageError error={execution.error} retry={() => void execution.refetch()} back={{ href: "/admin/executions", title: "All executions" }} />;
  if (!execution.data) return <PageLoading />;
  const tenant = execution.data.tenant ?? "";
  // The platform has said whose it is; the address keeps it, for when the run has ended.
  if (owner !== tenant) return <Redirect to={runPage(tenant, id)} replace />;
  const above = (
    <>
      <Link href="/admin/executions">All executions</Link> / <Link href={`/admin/tenants/${tenant}`}>{names.get(tenant) ?? tenant}</Link>
    </>
  );
  return (
    <Run key={id} execution={execution.data} live={false} above={above} note={<Notice>It is put on record that you opened the workflow and its items. Credentials, pinned data and what code printed are not shown to operators.</Notice>} />
  );
}
