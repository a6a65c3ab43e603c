import { expect, test } from "vitest";
import type { NodeTypeDetail } from "../api/nodetype";
import { parametersOf, unknownParameters } from "./parameter";

const type = {
  versions: [1, 2],
  variants: [
    {
      versions: [1, 2],
      parameters: [
        { name: "mode", type: "options", default: "plain" },
        { name: "extra", type: "string", show: { mode: ["plain"] } },
        { name: "hidden", type: "string", show: { mode: ["rich"] } },
        { name: "old", type: "string", show: { "@version": [1] } },
      ],
    },
  ],
} as unknown as NodeTypeDetail;
const names = (parameters: Record<string, unknown>, typeVersion = 2) => parametersOf({ name: "n", type: "t", typeVersion, parameters }, type).map((p) => p.name);

test("parameters show by version, by value and by what is the default", () => {
  expect(names({})).toEqual(["mode", "extra"]);
  expect(names({ mode: "rich" })).toEqual(["mode", "hidden"]);
  expect(names({}, 1)).toEqual(["mode", "extra", "old"]);
});

test("an expression may be any value, so all that depends on it shows", () => {
  expect(names({ mode: "={{ $json.mode }}" })).toEqual(["mode", "extra", "hidden"]);
});

test("parameters that the type does not name are not lost", () => {
  const node = { name: "n", type: "t", typeVersion: 2, parameters: { mode: "rich", mine: 1 } };
  expect(unknownParameters(node, parametersOf(node, type))).toEqual(["mine"]);
});
