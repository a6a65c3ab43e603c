import { useQuery } from "@tanstack/react-query";
import { fetchUsage } from "../api/usage";
import { money } from "../text/number";
import { ErrorState, Skeleton } from "../ui/state";

export default function Home() {
  const usage = useQuery({ queryKey: ["usage"], queryFn: () => fetchUsage() });
  if (usage.isError) return <ErrorState error={usage.error} retry={() => void usage.refetch()} />;
  if (!usage.data) return <Skeleton />;
  return (
    <div className="page">
      <header className="page-head">
        <h1>Home</h1>
      </header>
      <div className="card card-body">
        {usage.data.runs.used} runs this month, {money(usage.data.cost.total.costUsd)} spent.
      </div>
    </div>
  );
}
