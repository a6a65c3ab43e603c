import { useMemo, useState } from "react";
import { useVersions, useWorkflow } from "../../api/workflow";
import { plural } from "../../text/number";
import { compactTime, fullTime } from "../../text/time";
import { Button } from "../../ui/button";
import { ChangeTable } from "../../ui/change";
import { ActionsHead, PlainTable } from "../../ui/plain-table";
import { Badge, EmptyState, ErrorState, Skeleton, type Tone } from "../../ui/state";
import { type Difference, difference, type NodeChange } from "../../workflow/diff";
import type { Link, Workflow } from "../../workflow/type";

interface VersionsTabProps {
  id: string;
  current: Workflow;
  /** Makes an older version the draft. */
  onRestore?: (workflow: Workflow) => void;
}

/** VersionsTab lists the versions and shows what one changed against the one before. */
export function VersionsTab({ id, current, onRestore }: VersionsTabProps) {
  const versions = useVersions(id);
  const [chosen, setChosen] = useState(current.version ?? 1);
  if (versions.isLoadingError) return <ErrorState error={versions.error} retry={() => void versions.refetch()} />;
  if (!versions.data) return <Skeleton />;
  return (
    <div className="grid two">
      <div className="card scroll-x" role="region" aria-label="Versions" tabIndex={0}>
        <PlainTable>
          <thead>
            <tr>
              <th>Version</th>
              <th>Saved</th>
              <th className="right">Nodes</th>
              <ActionsHead />
            </tr>
          </thead>
          <tbody>
            {versions.data.items.map((v) => (
              <tr key={v.version}>
                <td>
                  <span className="row">
                    {v.version} {v.version === current.version && <Badge tone="ok">current</Badge>}
                  </span>
                </td>
                <td className="muted">
                  <time dateTime={v.createdAt} title={fullTime(v.createdAt)}>
                    {compactTime(v.createdAt)}
                  </time>
                </td>
                <td className="right">{v.nodes}</td>
                <td className="right">
                  <Button small look={chosen === v.version ? "plain" : "ghost"} aria-pressed={chosen === v.version} onClick={() => setChosen(v.version)}>
                    Show changes
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </div>
      <Changes key={chosen} id={id} version={chosen} current={current} onRestore={onRestore} />
    </div>
  );
}

function Changes({ id, version, current, onRestore }: VersionsTabProps & { version: number }) {
  const after = useWorkflow(id, version);
  const before = useWorkflow(version > 1 ? id : "", version - 1);
  const found = useMemo(() => (after.data && before.data ? difference(before.data, after.data) : null), [after.data, before.data]);
  const error = after.error ?? before.error;
  const restore = onRestore && version !== current.version && after.data && (
    <Button small icon="retry" onClick={() => onRestore({ ...after.data, version: current.version, active: current.active })}>
      Take this version as draft
    </Button>
  );
  return (
    <section className="card" aria-label={`Changes of version ${version}`}>
      <div className="card-head">
        <h2>{version > 1 ? `Version ${version} against ${version - 1}` : "Version 1"}</h2>
        {restore}
      </div>
      {error ? <ErrorState error={error} retry={() => (void after.refetch(), void before.refetch())} /> : version === 1 ? <EmptyState icon="file" title="The first version">There is none before it.</EmptyState> : found ? <Found found={found} /> : <Skeleton />}
    </section>
  );
}

/** How many values of one node are shown. */
const mostShown = 20;

const tones: Record<NodeChange["what"], Tone> = { added: "ok", removed: "bad", changed: "info" };

function Found({ found }: { found: Difference }) {
  if (found.nodes.length + found.linksAdded.length + found.linksRemoved.length + found.settings.length === 0) {
    return (
      <EmptyState icon="check" title="Nothing but places changed">
        Nodes were moved, or saved as they were.
      </EmptyState>
    );
  }
  return (
    <ul className="change-list">
      {found.settings.map((c) => (
        <li key={c.path}>
          <ChangeTable changes={[c]} />
        </li>
      ))}
      {found.nodes.map((n) => (
        <li key={`${n.what} ${n.name}`}>
          <div className="row wrap">
            <Badge tone={tones[n.what]}>{n.what}</Badge>
            <strong>{n.name}</strong>
            {n.was && <span className="muted">was {n.was}</span>}
          </div>
          <ChangeTable changes={n.changes.slice(0, mostShown)} />
          {n.changes.length > mostShown && <p className="small muted">and {plural(n.changes.length - mostShown, "more value")}</p>}
        </li>
      ))}
      {found.linksAdded.map((l) => (
        <LinkLine key={`+${lineOf(l)}`} tone="ok" what="connected" link={l} />
      ))}
      {found.linksRemoved.map((l) => (
        <LinkLine key={`-${lineOf(l)}`} tone="bad" what="disconnected" link={l} />
      ))}
    </ul>
  );
}

function lineOf(l: Link): string {
  const output = l.output > 0 ? ` (output ${l.output})` : "";
  return `${l.from}${output} → ${l.to}${l.type === "main" ? "" : ` as ${l.type}`}`;
}

function LinkLine({ tone, what, link }: { tone: Tone; what: string; link: Link }) {
  return (
    <li className="row wrap">
      <Badge tone={tone}>{what}</Badge>
      <span>{lineOf(link)}</span>
    </li>
  );
}
