import { test } from "vitest";
import { useBrowser } from "./browser";
import { platform } from "./platform";
import { newEstate, operatorPages, tour, widths } from "./tour";

const browser = useBrowser();

test.each(widths)(
  "every page of an operator, %i wide",
  async (width) => {
    const { places } = await newEstate("Pages of the operators");
    await tour(browser(), { who: "operator", key: platform().keys.operator!, shown: operatorPages, places, width });
  },
  180_000,
);
