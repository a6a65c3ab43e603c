import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { type TemplateFilter, useSearch, useTemplates } from "../../api/template";
import { Button } from "../../ui/button";
import { useDebounced } from "../../ui/debounce";
import { BareSelect, SearchBox } from "../../ui/field";
import { EmptyState, ErrorState, Notice, Skeleton } from "../../ui/state";
import { type CardOf, TemplateCard } from "./card";
import { nameOfSlug } from "./slug";
import "./templates.css";

export default function Templates() {
  const [query, setQuery] = useSearchParams();
  const typed = query.get("q") ?? "";
  const q = useDebounced(typed.trim());
  const filter: TemplateFilter = { app: query.get("app") ?? undefined, category: query.get("category") ?? undefined };
  const set = (name: string, value: string) =>
    setQuery(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  // The whole library is asked for once: it names what can be filtered by.
  const library = useTemplates({});
  const facets = library.facets;
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Templates</h1>
          <p className="lead">Workflows that work, to start from. Say what you need in your own words.</p>
        </div>
      </header>
      <div className="template-bar">
        <SearchBox label="What should it do?" placeholder="answer support mails with AI" value={typed} autoFocus onChange={(e) => set("q", e.target.value)} />
        <BareSelect label="Category" value={filter.category ?? ""} onChange={(e) => set("category", e.target.value)} choices={[{ value: "", label: "All categories" }, ...(facets?.categories ?? []).map((c) => ({ value: c.slug, label: `${c.name} (${c.templates})` }))]} />
        <BareSelect label="App" value={filter.app ?? ""} onChange={(e) => set("app", e.target.value)} choices={[{ value: "", label: "All apps" }, ...(facets?.apps ?? []).map((a) => ({ value: a.slug, label: `${nameOfSlug(a.slug)} (${a.templates})` }))]} />
      </div>
      {q === "" ? <Library filter={filter} /> : <Found q={q} filter={filter} />}
    </div>
  );
}

function Library({ filter }: { filter: TemplateFilter }) {
  const list = useTemplates(filter);
  if (list.isLoadingError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Skeleton lines={8} />;
  return (
    <>
      <Cards items={list.items} />
      {list.hasNextPage && (
        <div>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

function Found({ q, filter }: { q: string; filter: TemplateFilter }) {
  const found = useSearch(q, filter);
  useEffect(() => {
    document.getElementById("content")?.scrollTo({ top: 0 }); // it may answer with a promise, which is no clean-up
  }, [q]);
  if (found.isLoadingError) return <ErrorState error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton lines={8} />;
  return (
    <>
      {found.data.notice && <Notice tone="warn">{found.data.notice}</Notice>}
      <Cards items={found.data.items} />
    </>
  );
}

function Cards({ items }: { items: CardOf[] }) {
  if (items.length === 0) {
    return (
      <EmptyState icon="template" title="No template does this">
        Say it in other words, or take a filter away. Any n8n workflow can be imported instead.
      </EmptyState>
    );
  }
  return (
    <div className="template-grid">
      {items.map((t) => (
        <TemplateCard key={t.id} template={t} />
      ))}
    </div>
  );
}
