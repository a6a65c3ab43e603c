import type { ExecutionDetail, NodeRow } from "../api/execution";
import type { NodeState } from "../graph/model";
import { linksOf, type Workflow } from "../workflow/type";

/** statesOf is what the graph shows: for each node its last run, and how many there were. */
export function statesOf(rows: NodeRow[]): Map<string, NodeState> {
  const states = new Map<string, NodeState>();
  for (const row of rows) {
    const before = states.get(row.name);
    states.set(row.name, { status: row.status, runs: (before?.runs ?? 0) + 1, items: row.status === "completed" ? row.outputItems : null });
  }
  return states;
}

/** detailOf is what the failed node has to say beside the run's error: the other service's answer, most often. */
export function detailOf(execution: ExecutionDetail): string | undefined {
  const detail = execution.nodes.findLast((n) => n.status === "failed" && n.name === execution.error?.node)?.error?.detail;
  return detail === execution.error?.message ? undefined : detail;
}

/** Source is where a node's input comes from: an output of a node before it. */
export interface Source {
  node: string;
  output: number;
  run: number;
}

/** sourcesOf are the outputs that lead to a node, of the runs that came before. */
export function sourcesOf(workflow: Workflow, rows: NodeRow[], name: string, run: number): Source[] {
  return linksOf(workflow)
    .filter((l) => l.to === name && l.type === "main")
    .flatMap((l) => {
      const runs = rows.filter((r) => r.name === l.from && r.status === "completed").map((r) => r.runIndex);
      if (runs.length === 0) return [];
      return [{ node: l.from, output: l.output, run: Math.min(run, Math.max(...runs)) }];
    });
}

/** outputsOf is how many main outputs a node has, as far as its connections tell. */
export function outputsOf(workflow: Workflow | undefined, name: string, named: number): number {
  const used = workflow ? linksOf(workflow).filter((l) => l.from === name && l.type === "main").map((l) => l.output + 1) : [];
  return Math.max(1, named, ...used);
}

/** Span is a bar of the timeline, in parts of the whole: from 0 to 1. */
export interface Span {
  start: number;
  width: number;
}

/** scale makes bars of times between a run's begin and its end (or now). */
export function scale(begin: number, end: number): (from: number, to: number) => Span {
  const whole = Math.max(1, end - begin);
  return (from, to) => {
    const start = Math.min(1, Math.max(0, (from - begin) / whole));
    const stop = Math.min(1, Math.max(start, (to - begin) / whole));
    return { start, width: stop - start };
  };
}
