import { expect, test } from "vitest";
import { dotsAt, gap } from "./dots";

test("the picture of dots covers the canvas wherever the graph is, and its dots stand still on the graph", () => {
  for (const zoom of [0.05, 0.1, 0.39, 0.4, 0.79, 0.8, 1, 1.59, 1.6, 2])
    for (const at of [-1234.5, -20, -0.1, 0, 0.1, 17, 999]) {
      const { x, scale } = dotsAt([at, at, zoom]);
      expect(scale).toBeGreaterThanOrEqual(0.8);
      expect(scale).toBeLessThan(1.6);
      expect(x).toBeLessThanOrEqual(0);
      expect(x).toBeGreaterThanOrEqual(-gap * 1.6);
      // Some dot stands where the graph's own origin is.
      const dots = (at - x) / (gap * scale);
      expect(Math.abs(dots - Math.round(dots))).toBeLessThan(1e-6);
      expect(Math.log2(zoom / scale) % 1).toBeCloseTo(0);
    }
});
