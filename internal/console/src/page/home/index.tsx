import { useLocation } from "wouter";
import { useCan, useCaller } from "../../api/account";
import { useExecutions } from "../../api/execution";
import { useUsage } from "../../api/usage";
import { useCreate, useWorkflows } from "../../api/workflow";
import { compact, count, limit, money, plural } from "../../text/number";
import { Button, LinkButton } from "../../ui/button";
import { Meter } from "../../ui/chart";
import { Icon, type IconName } from "../../ui/icon";
import { Badge, EmptyState, ErrorState, Skeleton } from "../../ui/state";
import { toastError } from "../../ui/toast";
import { ExecutionList } from "../executions/list";
import { example } from "./example";
import "./home.css";

/** shown is how many runs each list of the page has. */
const shown = 6;

export default function Home() {
  const account = useCaller().data?.account;
  const workflows = useWorkflows("");
  const fresh = workflows.isSuccess && workflows.items.length === 0;
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>{account ? account.name : "Home"}</h1>
          <p className="lead">What runs now, what failed lately, and what it costs.</p>
        </div>
        <div className="row wrap">
          <LinkButton href="/workflows#import" icon="upload">
            Import
          </LinkButton>
          <LinkButton href="/templates" icon="template">
            Templates
          </LinkButton>
        </div>
      </header>
      {fresh && <FirstSteps />}
      <Month />
      <div className="grid two">
        <Running />
        <FailedLately />
      </div>
    </div>
  );
}

function FirstSteps() {
  const create = useCreate();
  const [, go] = useLocation();
  const mayEdit = useCan("editor");
  if (!mayEdit) return null;
  const tryIt = () => create.mutate(example, { onSuccess: (w) => go(`/workflows/${w.id}`), onError: toastError });
  return (
    <section className="card" aria-label="First steps">
      <div className="card-head">
        <h2>Three ways to begin</h2>
      </div>
      <div className="card-body steps">
        <StepCard icon="upload" title="Import from n8n" text="Drop the JSON files that n8n exports. You see at once what can run and which credentials are needed.">
          <LinkButton href="/workflows#import" look="main" small>
            Import files
          </LinkButton>
        </StepCard>
        <StepCard icon="template" title="Start from a template" text="Say what you need in your own words, and take the workflow that does it.">
          <LinkButton href="/templates" small>
            Search templates
          </LinkButton>
        </StepCard>
        <StepCard icon="play" title="Try the example" text="A small workflow that needs no credentials. Run it and watch each node.">
          <Button small busy={create.isPending} onClick={tryIt}>
            Create the example
          </Button>
        </StepCard>
      </div>
    </section>
  );
}

function StepCard({ icon, title, text, children }: { icon: IconName; title: string; text: string; children: React.ReactNode }) {
  return (
    <div className="step-card">
      <span className="glyph">
        <Icon name={icon} size={20} />
      </span>
      <h3>{title}</h3>
      <p>{text}</p>
      {children}
    </div>
  );
}

function Month() {
  const usage = useUsage();
  if (usage.isLoadingError) {
    return (
      <section className="card" aria-label="This month">
        <ErrorState error={usage.error} retry={() => void usage.refetch()} />
      </section>
    );
  }
  const u = usage.data;
  if (!u) {
    return (
      <section className="card" aria-label="This month">
        <Skeleton lines={3} />
      </section>
    );
  }
  return (
    <div className="grid">
      <section className="card card-body stack tight" aria-label="Now">
        <span className="muted">Running now</span>
        <strong className="figure">{count(u.concurrency.used)}</strong>
        <Meter label="Slots" used={u.concurrency.used} limit={u.concurrency.limit} text={`${count(u.concurrency.used)} of ${limit(u.concurrency.limit)}`} />
        <span className="small muted">{u.concurrency.parked > 0 ? `${plural(u.concurrency.parked, "run")} in line for a slot` : "Nothing waits for a slot"}</span>
      </section>
      <section className="card card-body stack tight" aria-label="Runs of the month">
        <span className="muted">Runs this month</span>
        <strong className="figure">{count(u.runs.used)}</strong>
        <Meter label="Plan" used={u.runs.used} limit={u.runs.limit} text={`${count(u.runs.used)} of ${limit(u.runs.limit)}`} />
        <span className="small muted">{u.runs.remaining < 0 ? "No limit" : `${count(u.runs.remaining)} left`}</span>
      </section>
      <section className="card card-body stack tight" aria-label="AI of the month">
        <span className="muted">AI spend this month</span>
        <strong className="figure">{money(u.cost.total.costUsd)}</strong>
        <Meter label="Tokens" used={u.tokens.used + u.tokens.reserved} limit={u.tokens.limit} text={`${compact(u.tokens.used)} of ${u.tokens.limit < 0 ? "unlimited" : compact(u.tokens.limit)}`} />
        <span className="small muted">{plural(u.cost.total.calls, "call")} of models</span>
      </section>
    </div>
  );
}

function Running() {
  const running = useExecutions({ status: "running" }, shown);
  const empty = (
    <EmptyState icon="runs" title="Nothing runs now">
      Runs show up here while they are under way.
    </EmptyState>
  );
  return (
    <section className="card" aria-label="Running now">
      <div className="card-head">
        <h2>Running now</h2>
        <span className="row">
          {running.live && <Badge tone="ok">live</Badge>}
          <LinkButton small look="ghost" href="/executions">
            See all
          </LinkButton>
        </span>
      </div>
      <ExecutionList list={{ ...running, hasNextPage: false } as typeof running} empty={empty} height="400px" brief />
    </section>
  );
}

function FailedLately() {
  const failed = useExecutions({ status: "failed" }, shown);
  const empty = (
    <EmptyState icon="check" title="No failed runs">
      When a run fails, it says here at which node and why.
    </EmptyState>
  );
  return (
    <section className="card" aria-label="Failed lately">
      <div className="card-head">
        <h2>Failed lately</h2>
        <LinkButton small look="ghost" href="/executions?status=failed">
          See all
        </LinkButton>
      </div>
      <ExecutionList list={{ ...failed, hasNextPage: false } as typeof failed} empty={empty} height="400px" brief />
    </section>
  );
}
