import { Link } from "wouter";
import { Badge } from "../../ui/state";
import { nameOfSlug } from "./slug";
import "./templates.css";

export interface CardOf {
  id: string;
  name: string;
  description: string;
  category: string;
  apps: string[];
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
