import type { Workflow } from "../../workflow/type";

/** example is a small workflow that runs without any credential, to see one run. */
export const example: Workflow = {
  name: "Example: greet and decide",
  settings: { executionOrder: "v1" },
  nodes: [
    { id: "start", name: "Start", type: "n8n-nodes-base.manualTrigger", typeVersion: 1, position: [0, 0], parameters: {} },
    {
      id: "greet",
      name: "Greet",
      type: "n8n-nodes-base.set",
      typeVersion: 3.4,
      position: [220, 0],
      parameters: { assignments: { assignments: [{ id: "a", name: "text", type: "string", value: "=Hello {{ $json.name || 'world' }}" }] }, options: {} },
    },
    {
      id: "long",
      name: "Long name?",
      type: "n8n-nodes-base.if",
      typeVersion: 2.2,
      position: [440, 0],
      parameters: {
        conditions: {
          combinator: "and",
          options: { caseSensitive: true, typeValidation: "loose", version: 2 },
          conditions: [{ id: "c", leftValue: "={{ $json.text.length }}", rightValue: 12, operator: { type: "number", operation: "gt" } }],
        },
      },
    },
    {
      id: "count",
      name: "Count letters",
      type: "n8n-nodes-base.code",
      typeVersion: 2,
      position: [680, -110],
      parameters: { jsCode: "return $input.all().map(({ json }) => ({ json: { ...json, letters: json.text.length } }));" },
    },
    { id: "pause", name: "Pause", type: "n8n-nodes-base.wait", typeVersion: 1.1, position: [680, 110], parameters: { amount: 5, unit: "seconds" } },
    {
      id: "note",
      name: "Note",
      type: "n8n-nodes-base.stickyNote",
      typeVersion: 1,
      position: [-40, -250],
      parameters: { content: '## An example\nPress **Run** and give a name as input: `{"name": "Ada"}`.\nShort names wait for five seconds, long ones are counted.', width: 380, height: 150, color: 4 },
    },
  ],
  connections: {
    Start: { main: [[{ node: "Greet", type: "main", index: 0 }]] },
    Greet: { main: [[{ node: "Long name?", type: "main", index: 0 }]] },
    "Long name?": { main: [[{ node: "Count letters", type: "main", index: 0 }], [{ node: "Pause", type: "main", index: 0 }]] },
  },
};
