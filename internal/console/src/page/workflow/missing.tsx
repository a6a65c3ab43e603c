import { Link } from "wouter";
import { useCan } from "../../api/account";
import { useCredentials } from "../../api/credential";
import { plural } from "../../text/number";
import { Notice } from "../../ui/state";
import { missingOf } from "../../workflow/credential";
import { labelOf } from "../../workflow/kind";
import type { Workflow } from "../../workflow/type";

/** MissingCredentials says before a run fails of it which credentials the workflow's nodes name in vain. */
export function MissingCredentials({ workflow }: { workflow: Workflow }) {
  const mayRead = useCan("editor");
  const credentials = useCredentials(mayRead);
  const missing = credentials.data ? missingOf(workflow, credentials.data) : [];
  if (missing.length === 0) return null;
  return (
    <Notice tone="warn">
      <strong>{plural(missing.length, "credential")} to make before it can run</strong>
      <ul className="bullets">
        {missing.map((c) => (
          <li key={`${c.type}/${c.name}`}>
            <span>
              <Link href={`/credentials?new=${encodeURIComponent(c.type)}`}>{c.name}</Link> <span className="small">({labelOf(c.type)}) for {c.nodes.join(", ")}</span>
            </span>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
