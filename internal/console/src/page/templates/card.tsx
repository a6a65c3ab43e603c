import { Link } from "wouter";
import { Badge } from "../../ui/state";
import "./templates.css";

export interface CardOf {
  id: string;
  name: string;
  description: string;
  category: string;
  apps: string[];
}

/** nameOfSlug is a slug for people: `Google Sheets`. */
export function nameOfSlug(slug: string): string {
  return slug.split("-").map((word) => (word === "ai" || word === "crm" ? word.toUpperCase() : word.replace(/^./, (c) => c.toUpperCase()))).join(" ");
}

export function TemplateCard({ template: t }: { template: CardOf }) {
  return (
    <article className="card template-card">
      <span className="small muted">{nameOfSlug(t.category)}</span>
      <h2>
        <Link href={`/templates/${t.id}`}>{t.name}</Link>
      </h2>
      <p className="says">{t.description}</p>
      <div className="apps">
        {t.apps.slice(0, 5).map((app) => (
          <Badge key={app}>{nameOfSlug(app)}</Badge>
        ))}
      </div>
    </article>
  );
}
