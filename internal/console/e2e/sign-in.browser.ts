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
