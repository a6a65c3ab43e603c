import { useMemo } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useCan } from "../../api/account";
import { useNodeTypes } from "../../api/nodetype";
import { useTemplate, useUseTemplate } from "../../api/template";
import { useWorkflowNames } from "../../api/workflow";
import { Graph } from "../../graph/graph";
import { plural } from "../../text/number";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { Badge, Notice, PageError, PageLoading } from "../../ui/state";
import { toast, toastError } from "../../ui/toast";
import { freeName } from "../../workflow/name";
import { asWorkflow, stickyType } from "../../workflow/type";
import { TemplateCard } from "../templates/card";
import { nameOfSlug } from "../templates/slug";

export default function TemplatePage() {
  const { id = "" } = useParams<{ id: string }>();
  const template = useTemplate(id);
  const use = useUseTemplate();
  const mayEdit = useCan("editor");
  const names = useWorkflowNames();
  const [, go] = useLocation();
  const { byType, loaded } = useNodeTypes();
  const workflow = useMemo(() => (template.data ? asWorkflow(template.data.workflow) : null), [template.data]);
  if (template.isLoadingError) return <PageError error={template.error} retry={() => void template.refetch()} back={{ href: "/templates", title: "All templates" }} />;
  if (!template.data || !workflow) return <PageLoading />;
  const t = template.data;
  const before = [...names].find(([, name]) => name === t.name)?.[0];
  const take = () =>
    use.mutate({ id, name: freeName(t.name, new Set(names.values())) }, {
      onSuccess: ({ workflow: made, credentials }) => {
        toast(credentials.length > 0 ? `“${made.name}” is yours. Connect ${plural(credentials.length, "credential")} before it can run.` : `“${made.name}” is yours.`);
        go(`/workflows/${made.id}`);
      },
      onError: toastError,
    });
  return (
    <div className="page">
      <div className="crumbs">
        <Link href="/templates">Templates</Link> / <Link href={`/templates?category=${t.category}`}>{nameOfSlug(t.category)}</Link>
      </div>
      <header className="page-head">
        <div className="grow">
          <h1>{t.name}</h1>
          <p className="prose muted">{t.description}</p>
        </div>
        {mayEdit && (
          <Button look="main" icon="plus" busy={use.isPending} onClick={take}>
            {before ? "Use it again" : "Use this template"}
          </Button>
        )}
      </header>
      {before && (
        <Notice>
          You have a workflow of this name already: <Link href={`/workflows/${before}`}>{t.name}</Link>.
        </Notice>
      )}
      <div className="template-graph">
        <Graph label={`Graph of ${t.name}`} workflow={workflow} types={byType} typesLoaded={loaded} />
      </div>
      <div className="grid">
        <section className="card" aria-label="What it is for">
          <div className="card-head">
            <h2>What it is for</h2>
          </div>
          <ul className="card-body bullets">
            {t.useCases.map((text) => (
              <li key={text}>
                <Icon name="check" size={16} />
                {text}
              </li>
            ))}
          </ul>
        </section>
        <section className="card" aria-label="What it needs">
          <div className="card-head">
            <h2>What it needs</h2>
            <span className="muted small">{plural(workflow.nodes.filter((n) => n.type !== stickyType).length, "node")}</span>
          </div>
          <div className="card-body stack">
            {t.credentials.length === 0 && <Notice tone="ok">No credentials: it can run at once.</Notice>}
            <ul className="bullets">
              {t.credentials.map((c) => (
                <li key={`${c.type}/${c.name}`}>
                  <Icon name="lock" size={16} />
                  <span>
                    {c.name} <span className="muted small">for {c.nodes.join(", ")}</span>
                  </span>
                </li>
              ))}
            </ul>
            <div className="row wrap">
              {t.tags.map((tag) => (
                <Badge key={tag}>{tag}</Badge>
              ))}
            </div>
          </div>
        </section>
      </div>
      {t.similar.length > 0 && (
        <section className="stack" aria-label="Similar templates">
          <h2>Similar</h2>
          <div className="template-grid">
            {t.similar.map((s) => (
              <TemplateCard key={s.id} template={s} />
            ))}
          </div>
        </section>
      )}
    </div>
  );
}
