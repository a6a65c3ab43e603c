import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { type Imported, useImport } from "../../api/workflow";
import { plural } from "../../text/number";
import { batches, readWorkflows } from "../../workflow/import";
import { labelOf } from "../../workflow/kind";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { Badge, Notice, ProblemNotice } from "../../ui/state";

interface Reported {
  from: string;
  entry: Imported;
}

/** ImportDialog takes files or pasted JSON, imports what is in them and reports on each workflow. */
export function ImportDialog({ files, onClose }: { files: File[]; onClose: () => void }) {
  const [pasted, setPasted] = useState("");
  const [unread, setUnread] = useState<string[]>([]);
  const [report, setReport] = useState<Reported[] | null>(null);
  const send = useImport();
  const started = useRef(false);

  const importTexts = async (texts: { text: string; name: string }[]) => {
    const wrong: string[] = [];
    const workflows = texts.flatMap(({ text, name }) => {
      try {
        return readWorkflows(text, name);
      } catch (error) {
        wrong.push((error as Error).message);
        return [];
      }
    });
    setUnread(wrong);
    const done: Reported[] = [];
    for (const batch of batches(workflows)) {
      const { items } = await send.mutateAsync(batch.body);
      done.push(...items.map((entry, i) => ({ from: batch.from[i] ?? "", entry })));
      setReport([...done]);
    }
  };
  const importFiles = async (list: File[]) => {
    const texts = await Promise.all(list.map(async (f) => ({ text: await f.text(), name: f.name })));
    await importTexts(texts).catch(() => undefined); // The mutation holds the error.
  };

  useEffect(() => {
    if (files.length === 0 || started.current) return;
    started.current = true;
    void importFiles(files);
  });

  const footer = report ? (
    <>
      <Button onClick={() => (setReport(null), setPasted(""))}>Import more</Button>
      <Button look="main" onClick={onClose}>
        Done
      </Button>
    </>
  ) : (
    <Button look="main" busy={send.isPending} disabled={pasted.trim() === ""} onClick={() => void importTexts([{ text: pasted, name: "Pasted workflow" }]).catch(() => undefined)}>
      Import
    </Button>
  );
  return (
    <Dialog title={report ? "What was imported" : "Import workflows"} onClose={onClose} footer={footer} width={640}>
      {unread.map((text) => (
        <Notice key={text} tone="bad">
          {text}
        </Notice>
      ))}
      {send.isError && <ProblemNotice error={send.error} />}
      {report ? <Report report={report} onClose={onClose} /> : <Sources pasted={pasted} onPaste={setPasted} onFiles={(list) => void importFiles(list)} />}
    </Dialog>
  );
}

function Sources({ pasted, onPaste, onFiles }: { pasted: string; onPaste: (text: string) => void; onFiles: (files: File[]) => void }) {
  return (
    <>
      <label className="drop-zone">
        <Icon name="upload" size={26} />
        <strong>Drop JSON files here, or choose them</strong>
        <span className="small muted">One workflow a file, or lists as n8n exports them</span>
        <input className="unseen" type="file" accept=".json,application/json" multiple onChange={(e) => onFiles([...(e.target.files ?? [])])} />
      </label>
      <TextArea label="Or paste a workflow" mono rows={7} value={pasted} placeholder='{"nodes": […], "connections": {…}}' onChange={(e) => onPaste(e.target.value)} />
    </>
  );
}

function Report({ report, onClose }: { report: Reported[]; onClose: () => void }) {
  const good = report.filter((r) => r.entry.id).length;
  return (
    <>
      <p>
        {plural(good, "workflow")} imported{good < report.length ? `, ${report.length - good} refused` : ""}.
      </p>
      <ul className="report">
        {report.map(({ from, entry }, i) => (
          <li key={i}>
            <div className="row between">
              {entry.id ? (
                <Link href={`/workflows/${entry.id}`} onClick={onClose}>
                  <strong>{entry.name}</strong>
                </Link>
              ) : (
                <strong>{entry.name || from}</strong>
              )}
              <Badge tone={entry.id ? (entry.unsupported?.length ? "warn" : "ok") : "bad"}>{entry.id ? (entry.unsupported?.length ? "In part" : "Ready") : "Refused"}</Badge>
            </div>
            {entry.error ? <p className="small">{entry.error.message}</p> : <Facts entry={entry} />}
          </li>
        ))}
      </ul>
    </>
  );
}

function Facts({ entry }: { entry: Imported }) {
  const nodes = (list: { nodes: string[] | null }[] | null) => (list ?? []).reduce((n, t) => n + (t.nodes?.length ?? 0), 0);
  const missing = (entry.credentials ?? []).filter((c) => !c.found);
  return (
    <>
      <div className="facts">
        <Badge tone="ok">{plural(nodes(entry.supported), "node")} can run</Badge>
        {nodes(entry.unsupported) > 0 && <Badge tone="warn">{nodes(entry.unsupported)} cannot run yet</Badge>}
        {missing.length > 0 && <Badge tone="info">{plural(missing.length, "credential")} needed</Badge>}
      </div>
      <ul>
        {entry.unsupported?.map((t) => (
          <li key={t.type}>
            {t.type ? labelOf(t.type) : "A node without a type"} is not supported: {t.nodes?.join(", ")}
          </li>
        ))}
        {missing.map((c) => (
          <li key={`${c.type}/${c.name}`}>
            Credential “{c.name}” ({labelOf(c.type)}) for {c.nodes?.join(", ")}.{" "}
            {c.known && <Link href={`/credentials?new=${encodeURIComponent(c.type)}`}>Make it</Link>}
          </li>
        ))}
        {entry.workflows
          ?.filter((w) => !w.found)
          .map((w) => (
            <li key={w.id}>
              {w.nodes?.join(", ")} {w.nodes?.length === 1 ? "runs" : "run"} the workflow “{w.name || w.id}”, which is not here: import it, then choose it there.
            </li>
          ))}
        {entry.problems?.map((p) => (
          <li key={p.location}>
            <code>{p.location}</code> {p.message}
          </li>
        ))}
      </ul>
    </>
  );
}
