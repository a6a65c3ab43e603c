import { expect, test } from "vitest";
import { fine, open, useBrowser } from "./browser";
import { platform } from "./platform";

const browser = useBrowser();

test("the link signs in, and the key leaves the address", async () => {
  const tab = await open(browser(), platform().keys["dev-pro"]!);
  await tab.page.getByText("Development PRO").first().waitFor({ state: "attached" });
  expect(tab.page.url()).not.toContain("key");
  await fine(tab);
});

test("a person signs in with an account, and the console goes on where they wanted to", async () => {
  const context = await browser().newContext();
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`${platform().url}/workflows`);
  await page.getByRole("button", { name: "Continue with your account" }).click();
  await page.getByRole("button", { name: /owner of dev-pro/ }).click();
  await page.getByRole("heading", { name: "Workflows", level: 1, exact: true }).waitFor();
  await page.getByText("Development PRO").first().waitFor({ state: "attached" });
  expect(new URL(page.url()).search, "the code leaves the address").toBe("");
  await context.close();
  expect(faults).toEqual([]);
});

test("a key that does not hold is refused in words", async () => {
  const context = await browser().newContext();
  const page = await context.newPage();
  await page.goto(platform().url);
  await page.getByLabel("API key").fill("alk_wrong");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").or(page.getByText(/no longer|refused|not.*hold|does not/i)).first().waitFor();
  await context.close();
});
