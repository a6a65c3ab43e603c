import { useMemo } from "react";
import { Link } from "wouter";
import { useWorkflows } from "../../api/workflow";
import { Button, LinkButton } from "../../ui/button";
import { EmptyState, Loaded } from "../../ui/state";
import { isShown, WebhookRow } from "./row";

export default function Webhooks() {
  const workflows = useWorkflows("");
  const hooks = useMemo(() => workflows.items.flatMap((w) => w.webhooks.filter(isShown).map((hook) => ({ hook, workflow: w }))), [workflows.items]);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Webhooks</h1>
          <p className="lead">Addresses that start a workflow: of webhooks, forms and chats. Copy one into another service, call it here, or open its page.</p>
        </div>
      </header>
      <Loaded of={workflows}>
        {() =>
          hooks.length === 0 ? (
            <div className="card">
              <EmptyState icon="hook" title="No webhooks" action={<LinkButton href="/workflows">See workflows</LinkButton>}>
                Activate a workflow that begins with a webhook, a form or a public chat, and its address appears here.
              </EmptyState>
            </div>
          ) : (
            hooks.map(({ hook, workflow }) => (
              <WebhookRow
                key={`${hook.method} ${hook.path}`}
                webhook={hook}
                active={workflow.active}
                title={
                  <span>
                    <Link href={`/workflows/${workflow.id}`}>
                      <strong>{workflow.name}</strong>
                    </Link>{" "}
                    <span className="muted">at {hook.node}</span>
                  </span>
                }
              />
            ))
          )
        }
      </Loaded>
      {workflows.hasNextPage && (
        <div>
          <Button busy={workflows.isFetchingNextPage} onClick={() => void workflows.fetchNextPage()}>
            Look at more workflows
          </Button>
        </div>
      )}
    </div>
  );
}
