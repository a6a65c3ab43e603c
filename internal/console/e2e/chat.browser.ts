import { expect, test } from "vitest";
import { fine, inThemes, open, settled, useBrowser } from "./browser";
import { code, get, newTenant, node, upstream, type Workflow } from "./platform";

// The chat of a workflow, in the console.

const browser = useBrowser();

const trigger = (parameters: object) => ({ ...node("When chat message received", "@n8n/n8n-nodes-langchain.chatTrigger", 1.1, parameters), webhookId: crypto.randomUUID() });

/** talk is a workflow of a chat trigger and the nodes that answer. */
function talk(name: string, parameters: object, ...answers: ReturnType<typeof node>[]): Workflow {
  const all = [trigger(parameters), ...answers];
  return {
    name,
    nodes: all.map((n, i) => ({ id: `id-${i}`, position: [220 * i, 0], ...n })),
    connections: Object.fromEntries(all.slice(0, -1).map((n, i) => [n.name, { main: [[{ node: all[i + 1]!.name, type: "main", index: 0 }]] }])),
    settings: { executionOrder: "v1" },
  };
}

test("a chat for members answers, keeps its session over a reload, and leads to each run", async () => {
  const tenant = await newTenant("Chat in the console");
  const remember = code("Answer", "return items.map((i) => ({ json: { output: `You said ${i.json.chatInput} in ${i.json.sessionId}` } }))");
  const id = await tenant.create(talk("Talk", { initialMessages: "Hello!", options: {} }, get("Look", upstream("hold/chat")), code("Restore", "return $('When chat message received').all()"), remember));
  const tab = await open(browser(), tenant.key, `/workflows/${id}?view=chat`);
  const { page } = tab;
  const log = page.getByRole("log", { name: "Messages" });
  await log.getByText("Hello!").waitFor();
  expect(await log.getAttribute("aria-live")).toBe("polite");
  const box = page.getByLabel("Your message");
  await box.fill("<b>one</b>");
  await box.press("Enter");
  await log.getByText("Look is at work…").waitFor();
  expect(await inThemes(page, "a chat that waits", (theme) => `chat-waits-${theme}-1280`)).toEqual([]);
  await fetch(upstream("release/chat"));
  await log.getByText("You said <b>one</b> in").waitFor();
  const session = /in (\S+)/.exec((await log.getByText("You said <b>one</b>").textContent())!)![1]!;

  // Nothing but the keyboard: the box has kept the focus.
  await page.waitForFunction(() => document.querySelector(".chat-ask button[aria-busy]") === null);
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Your message");
  await page.keyboard.type("two");
  await page.keyboard.press("Enter");
  await log.getByText(`You said two in ${session}`).waitFor();
  await page.reload();
  await log.getByText(`You said two in ${session}`).waitFor();
  expect(await log.locator(".message").count()).toBe(5);
  await settled(page);
  expect(await inThemes(page, "a chat", (theme) => `chat-${theme}-1280`)).toEqual([]);
  await page.setViewportSize({ width: 380, height: 800 });
  expect(await inThemes(page, "a chat, narrow", (theme) => `chat-${theme}-380`)).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.getByRole("button", { name: "New session" }).click();
  await log.getByText("You said").first().waitFor({ state: "detached" });
  await box.fill("three");
  await box.press("Enter");
  const third = log.getByText("You said three in");
  await third.waitFor();
  expect(await third.textContent()).not.toContain(session);
  await log.getByRole("link", { name: "Open the run" }).click();
  await page.waitForURL(/\/executions\/exe_/);
  await page.getByText("Completed", { exact: true }).first().waitFor();
  await fine(tab);
});

test("a message whose run fails says why in plain words, and is sent again", async () => {
  const tenant = await newTenant("Chat that fails");
  const id = await tenant.create(talk("Broken", { public: true, options: {} }, get("Ask the shop", upstream("fail/chat?text=The+shop+is+closed")), code("Answer", "return [{ json: { text: 'Open again' } }]")));
  await tenant.call("POST", `/api/workflows/${id}/activate`);
  const tab = await open(browser(), tenant.key, `/workflows/${id}`);
  const { page } = tab;
  await page.getByRole("tab", { name: "Chat" }).click();
  const log = page.getByRole("log", { name: "Messages" });
  await page.getByRole("link", { name: "Public page" }).waitFor();
  await page.getByLabel("Your message").fill("Are you open?");
  await page.getByRole("button", { name: "Send" }).click();
  await log.getByText("The shop is closed").waitFor();
  await log.getByText("at Ask the shop").waitFor();
  expect(await inThemes(page, "a chat without answer", (theme) => `chat-failed-${theme}-1280`)).toEqual([]);
  await fetch(upstream("mend/chat"));
  await log.getByRole("button", { name: "Send again" }).click();
  await log.getByText("Open again").waitFor();
  expect(await log.getByText("Are you open?").count()).toBe(1);
  await fine(tab);
});
