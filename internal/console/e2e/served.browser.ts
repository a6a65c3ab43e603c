import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { accessible, fine, inThemes, open, picture, useBrowser, visit } from "./browser";
import { chain, newTenant, node, until, upstream, type Workflow } from "./platform";

// What a workflow serves to people: forms and chats, in a browser that signs in nowhere.

const browser = useBrowser();

/** row is a workflow of nodes in a row, the first of which begins it. */
function row(name: string, ...nodes: ReturnType<typeof node>[]): Workflow {
  return {
    name,
    nodes: nodes.map((n, i) => ({ id: `id-${i}`, position: [220 * i, 0], ...n, webhookId: crypto.randomUUID() })),
    connections: Object.fromEntries(nodes.slice(0, -1).map((n, i) => [n.name, { main: [[{ node: nodes[i + 1]!.name, type: "main", index: 0 }]] }])),
    settings: { executionOrder: "v1" },
  };
}

/** serve makes the workflow active and returns the path of its page. */
async function serve(tenant: Awaited<ReturnType<typeof newTenant>>, workflow: Workflow) {
  const id = await tenant.create(workflow);
  const { webhooks } = await tenant.call<{ webhooks: { path: string; kind: string }[] }>("POST", `/api/workflows/${id}/activate`);
  return { id, path: webhooks[0]!.path, kind: webhooks[0]!.kind };
}

/** seen looks at the page in both themes, and narrow. */
async function seen(page: Page, name: string) {
  const wide = page.viewportSize()!;
  const wrong = await inThemes(page, name, (theme) => `served ${name} ${theme}`);
  await page.setViewportSize({ width: 380, height: 740 });
  wrong.push(...(await inThemes(page, `${name}, narrow`, (theme) => `served ${name} narrow ${theme}`)));
  await page.setViewportSize(wide);
  expect(wrong).toEqual([]);
}

/** fits is whether nothing is wider than the window. */
const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

const shot = (page: Page, name: string) => picture(page, `served ${name}`);

const options = (...list: string[]) => ({ values: list.map((option) => ({ option })) });

const every = node("Apply", "n8n-nodes-base.formTrigger", 2.2, {
  formTitle: "Join the workshop",
  formDescription: "Two days in <b>Colombo</b>.\nSee the <a href='https://example.com/plan'>plan</a>.<script>alert(1)</script>",
  formFields: {
    values: [
      { fieldLabel: "Name", requiredField: true, placeholder: "Ada Lovelace" },
      { fieldLabel: "Email", fieldType: "email", requiredField: true },
      { fieldLabel: "Seats", fieldType: "number" },
      { fieldLabel: "Born", fieldType: "date" },
      { fieldLabel: "Password", fieldType: "password" },
      { fieldLabel: "Size", fieldType: "dropdown", fieldOptions: options("S", "M", "L") },
      { fieldLabel: "Days", fieldType: "checkbox", fieldOptions: options("Monday", "Tuesday") },
      { fieldLabel: "Meal", fieldType: "radio", fieldOptions: options("Rice", "Bread"), requiredField: true },
      { fieldLabel: "CV", fieldType: "file", acceptFileTypes: ".txt", multipleFiles: false },
      { fieldLabel: "Notes", fieldType: "textarea", placeholder: "Anything else" },
      { fieldType: "hiddenField", fieldName: "source", fieldValue: "site" },
      { fieldType: "html", html: "<p>We keep <i>nothing</i> longer than a year.</p><img src=x onerror=alert(2)>" },
    ],
  },
  options: { buttonLabel: "Apply now", respondWithOptions: { values: { respondWith: "text", formSubmittedText: "See you soon." } } },
});

test("a form of every kind of field, with a file, makes one run", async () => {
  const tenant = await newTenant("Workshop");
  const { id, path, kind } = await serve(tenant, row("Workshop", every, node("Done", "n8n-nodes-base.noOp", 1)));
  expect(kind).toBe("form");
  const tab = await visit(browser(), `${path}?Size=M`);
  const { page } = tab;
  await seen(page, "form");
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByLabel("Seats").fill("2.5");
  await page.getByLabel("Born").fill("1990-12-31");
  await page.getByLabel("Monday").check();
  await page.getByLabel("Rice").check();
  await page.getByLabel("CV").setInputFiles({ name: "cv.txt", mimeType: "text/plain", buffer: Buffer.alloc(64 * 1024, "x") });
  await page.getByRole("button", { name: "Apply now" }).dblclick();
  await page.getByText("See you soon.").waitFor();
  await accessible(page, "end of a form");
  await page.reload(); // sends the same answers again
  await page.getByText("See you soon.").waitFor();
  await fine(tab);
  const run = await until(async () => {
    const { items } = await tenant.call<{ items: { id: string; status: string }[] }>("GET", `/api/executions?workflowId=${id}`);
    expect(items.length).toBeLessThan(2);
    return items[0]?.status === "completed" ? items[0].id : null;
  });
  const data = JSON.stringify(await tenant.call("GET", `/api/executions/${run}/data`));
  for (const part of ['"Name":"Ada"', '"Seats":2.5', '"Size":"M"', '"Days":["Monday"]', '"Meal":"Rice"', '"source":"site"', '"filename":"cv.txt"', '"formMode":"production"'])
    expect(data).toContain(part);
});

test("wrong answers are said at their fields, and what was entered stays", async () => {
  const tenant = await newTenant("Wrong");
  const { path } = await serve(tenant, row("Workshop", every));
  const tab = await visit(browser(), path, { viewport: { width: 380, height: 740 }, colorScheme: "dark" });
  const { page } = tab;
  // A browser that checks nothing itself, as old ones do.
  await page.evaluate(() => document.querySelector("form")!.setAttribute("novalidate", ""));
  await page.getByLabel("Email").fill("no mail");
  await page.getByLabel("Notes").fill("<b>kept</b>");
  tab.faults.length = 0;
  await page.getByRole("button", { name: "Apply now" }).click();
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.textContent()).toContain("Name: Fill in this field.");
  expect(await page.getByLabel("Email").getAttribute("aria-invalid")).toBe("true");
  expect(await page.getByLabel("Notes").inputValue()).toBe("<b>kept</b>");
  await accessible(page, "a form with problems");
  expect(await fits(page)).toBe(true);
  await shot(page, "form problems");
  tab.faults.length = 0; // the browser tells of the status 422
  await fine(tab);
});

test("a form of two pages waits for the second one, and ends with what was said", async () => {
  const tenant = await newTenant("Pages");
  const { path } = await serve(
    tenant,
    row(
      "Interview",
      node("Begin", "n8n-nodes-base.formTrigger", 2.2, { formTitle: "Interview", formFields: { values: [{ fieldLabel: "Name", requiredField: true }] }, options: {} }),
      node("Ask", "n8n-nodes-base.form", 1, {
        options: { formDescription: "=Hello {{ $json.Name }}", buttonLabel: "Answer" },
        formFields: { values: [{ fieldLabel: "Why?", fieldType: "textarea", requiredField: true }] },
      }),
      node("End", "n8n-nodes-base.form", 1, { operation: "completion", completionTitle: "=Thanks, {{ $('Begin').item.json.Name }}", completionMessage: "=You said: {{ $json['Why?'] }}" }),
    ),
  );
  const tab = await visit(browser(), path, { colorScheme: "dark" });
  const { page } = tab;
  await page.getByLabel("Name").fill("<i>Ada</i>");
  await page.getByRole("button", { name: "Submit" }).click();
  await page.getByText("Hello <i>Ada</i>").waitFor();
  await accessible(page, "second page");
  await shot(page, "second page dark");
  await page.getByLabel("Why?").fill("I <script>alert(1)</script> like it");
  await page.getByRole("button", { name: "Answer" }).click();
  await page.getByRole("heading", { name: "Thanks, <i>Ada</i>" }).waitFor();
  expect(await page.getByRole("status").textContent()).toBe("You said: I <script>alert(1)</script> like it");
  await accessible(page, "completion");
  await shot(page, "completion dark");
  await fine(tab);
});

test("a message asks: its link shows a page, and two clicks on the button are one answer", async () => {
  const tenant = await newTenant("Approval");
  const bot = `1:${tenant.id}`;
  const { id: credential } = await tenant.call<{ id: string }>("POST", "/api/credentials", {
    type: "telegramApi", name: "Bot", fields: { accessToken: bot, baseUrl: upstream("").slice(0, -1) },
  });
  const ask = {
    ...node("Ask", "n8n-nodes-base.telegram", 1.2, {
      operation: "sendAndWait", chatId: "1", subject: "Ship it?", message: "Version <b>2</b>\nto everybody",
      approvalOptions: { values: { approvalType: "double", approveLabel: "Ship" } },
    }),
    credentials: { telegramApi: { id: credential, name: "Bot" } },
  };
  const job = await tenant.run(await tenant.create(chain("Approval", ask, node("Then", "n8n-nodes-base.noOp", 1))));
  await until(async () => ((await tenant.call<{ status: string }>("GET", `/api/jobs/${job}/status`)).status === "waiting" ? true : null));
  const sent = (await (await fetch(upstream(`sent/${bot}`))).json()) as { reply_markup: { inline_keyboard: { text: string; url: string }[][] } };
  const [decline, approve] = sent.reply_markup.inline_keyboard[0]!.map((b) => new URL(b.url).pathname);

  const tab = await visit(browser(), approve!);
  const { page } = tab;
  await page.getByRole("heading", { name: "Ship it?" }).waitFor();
  await page.getByText("Version <b>2</b>").waitFor();
  await seen(page, "question");
  await page.getByRole("button", { name: "Ship" }).dblclick();
  await page.getByRole("heading", { name: "Got it, thanks" }).waitFor();
  await accessible(page, "an answer");
  await fine(tab);
  expect(await tenant.ended(job)).toBe("completed");
  expect(JSON.stringify(await tenant.call("GET", `/api/executions/${job}/data`))).toContain('"approved":true');
  const other = await visit(browser(), decline!);
  expect(await other.page.textContent("body")).toContain("answered already");
  await accessible(other.page, "an answered question");
  await other.context.close();
});

test("a public chat answers, keeps its messages, and shows text as text", async () => {
  const tenant = await newTenant("Chat");
  const { path, kind } = await serve(
    tenant,
    row(
      "Echo",
      node("Message", "@n8n/n8n-nodes-langchain.chatTrigger", 1.1, { public: true, initialMessages: "Hello!\nAsk me anything.", options: { title: "Help desk", subtitle: "We answer at once." } }),
      node("Answer", "n8n-nodes-base.set", 3.4, { assignments: { assignments: [{ id: "a", name: "output", type: "string", value: "=You said {{ $json.chatInput }}" }] }, options: {} }),
    ),
  );
  expect(kind).toBe("chat");
  const tab = await visit(browser(), path);
  const { page } = tab;
  await page.getByLabel("Your message").fill("<img src=x onerror=alert(1)> and a long line of words that has to be broken somewhere");
  await page.keyboard.press("Enter");
  await page.getByText("You said <img src=x onerror=alert(1)>").waitFor();
  await page.getByLabel("Your message").fill("Second");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("You said Second").waitFor();
  expect(await page.locator(".message").count()).toBe(6);
  await seen(page, "chat");
  await fine(tab);
});

test("the console shows what an active workflow serves, and leads there", async () => {
  const tenant = await newTenant("Links");
  const { id, path } = await serve(tenant, row("Served", every));
  const tab = await open(browser(), tenant.key, "/webhooks");
  const link = tab.page.getByRole("link", { name: "Open form" });
  await link.waitFor();
  expect(await link.getAttribute("href")).toContain(path);
  expect(await tab.page.getByRole("button", { name: "Test call" }).count()).toBe(0);
  await accessible(tab.page, "webhooks with a form");
  await shot(tab.page, "webhooks");
  await tenant.call("POST", `/api/workflows/${id}/deactivate`);
  await fine(tab);
  const gone = await visit(browser(), path);
  expect(await gone.page.textContent("body")).toContain("No active workflow listens");
  await gone.context.close();
});
