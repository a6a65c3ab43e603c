import { test } from "vitest";
import { useBrowser } from "./browser";
import { platform } from "./platform";
import { newEstate, operatorPages, tour } from "./tour";

const browser = useBrowser();

test(
  "every page of an operator, wide and narrow, light and dark",
  async () => {
    const { places } = await newEstate("Pages of the operators");
    await tour(browser(), { who: "operator", key: platform().keys.operator!, shown: operatorPages, places });
  },
  180_000,
);
