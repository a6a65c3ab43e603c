import { expect, test } from "vitest";
import { fine, inThemes, open, settled, useBrowser } from "./browser";
import { chain, get, newTenant, node, set, upstream } from "./platform";

const browser = useBrowser();

/** called is a workflow that another one runs. */
function called(name: string, ...nodes: ReturnType<typeof node>[]) {
  const made = chain(name, ...nodes);
  made.nodes = made.nodes.map((n, i) => (i === 0 ? { ...n, type: "n8n-nodes-base.executeWorkflowTrigger" } : n));
  return made;
}

const names = ["Held in a node", "Stored"] as const;

test("a run shows what it started and what started it, each with its own graph", async () => {
  const tenant = await newTenant("Family");
  const held = called(names[0], set("Inner step", { a: "1" }));
  const stored = await tenant.create(called(names[1], get("Stored step", upstream("fail/family?text=No+such+order"))));
  const parent = await tenant.create(
    chain(
      "Parent",
      node("Run held", "n8n-nodes-base.executeWorkflow", 1.1, { source: "parameter", workflowJson: JSON.stringify(held), options: {} }),
      node("Run stored", "n8n-nodes-base.executeWorkflow", 1.1, { workflowId: { __rl: true, mode: "id", value: stored }, options: {} }),
    ),
  );
  const run = await tenant.run(parent);
  expect(await tenant.ended(run)).toBe("failed");

  const tab = await open(browser(), tenant.key, `/executions/${run}`);
  const { page } = tab;
  const related = page.getByRole("region", { name: "Related runs" });
  const graph = page.getByLabel("Graph of the run");
  await graph.getByText("Run held", { exact: true }).waitFor();
  await related.getByText("Completed").waitFor();
  await related.getByText("Failed").waitFor();
  await settled(page);
  expect(await inThemes(page, "a run with children", (theme) => `family-parent-${theme}-1280`)).toEqual([]);

  await related.getByRole("listitem").filter({ hasText: "Run held" }).getByRole("link").click();
  await graph.getByText("Inner step", { exact: true }).waitFor();
  expect(await graph.getByText("Run held", { exact: true }).count(), "not the parent's graph").toBe(0);
  await page.getByRole("heading", { level: 1, name: names[0] }).waitFor();
  expect(await page.locator(".step.is-completed", { hasText: "Inner step" }).count()).toBe(1);
  await settled(page);
  expect(await inThemes(page, "a run of a sub-workflow", (theme) => `family-child-${theme}-1280`)).toEqual([]);

  await related.getByRole("link").click();
  await graph.getByText("Run stored", { exact: true }).waitFor();
  await related.getByRole("listitem").filter({ hasText: "Run stored" }).getByRole("link").click();
  await page.getByRole("link", { name: names[1] }).waitFor();
  await page.setViewportSize({ width: 380, height: 800 });
  expect(await inThemes(page, "a run of a sub-workflow, narrow", (theme) => `family-child-${theme}-380`)).toEqual([]);
  await fine(tab);
});
