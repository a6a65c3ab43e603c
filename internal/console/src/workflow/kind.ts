import type { IconName } from "../ui/icon";

/** Kind is what a node does, in the few ways that its look tells apart. */
export type Kind = "trigger" | "flow" | "http" | "ai" | "code" | "data" | "app";

const triggers = /trigger$|\.(webhook|cron|interval|start)$/i;

const icons: Record<string, IconName> = {
  manualTrigger: "play",
  start: "play",
  scheduleTrigger: "clock",
  cron: "clock",
  interval: "clock",
  webhook: "hook",
  formTrigger: "table",
  form: "table",
  chatTrigger: "chat",
  manualChatTrigger: "chat",
  errorTrigger: "warn",
  executeWorkflowTrigger: "workflow",
  executeWorkflow: "workflow",
  if: "branch",
  switch: "branch",
  merge: "merge",
  filter: "filter",
  splitInBatches: "repeat",
  wait: "clock",
  noOp: "forward",
  stopAndError: "stop",
  set: "pencil",
  code: "braces",
  function: "braces",
  functionItem: "braces",
  httpRequest: "globe",
  respondToWebhook: "hook",
  graphql: "globe",
  html: "file",
  markdown: "file",
  xml: "file",
  agent: "sparkle",
};

const flow = new Set(["if", "switch", "merge", "filter", "splitInBatches", "wait", "noOp", "stopAndError", "executeWorkflow", "compareDatasets", "respondToWebhook"]);
const data = new Set([
  "set", "aggregate", "convertToFile", "crypto", "dateTime", "executionData", "extractFromFile", "html", "htmlExtract", "itemLists", "limit",
  "markdown", "moveBinaryData", "removeDuplicates", "renameKeys", "sort", "splitOut", "spreadsheetFile", "summarize", "xml", "editImage",
  "readBinaryFile", "writeBinaryFile", "readWriteFile", "compression",
]);

/** shortType is the last part of a type: `httpRequest` of `n8n-nodes-base.httpRequest`. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}

export function kindOf(type: string): Kind {
  const short = shortType(type);
  if (triggers.test(type)) return "trigger";
  if (type.includes("langchain") || short === "openAi") return "ai";
  if (short === "httpRequest" || short === "graphql") return "http";
  if (short === "code" || short === "function" || short === "functionItem") return "code";
  if (flow.has(short)) return "flow";
  return data.has(short) ? "data" : "app";
}

const kindIcons: Record<Kind, IconName> = { trigger: "bolt", flow: "branch", http: "globe", ai: "sparkle", code: "braces", data: "table", app: "app" };

export function iconOf(type: string): IconName {
  const short = shortType(type);
  if (/^lmChat|^lm[A-Z]/.test(short)) return "chat";
  if (/^memory|^vectorStore|postgres|mysql|mongo|redis|supabase/i.test(short)) return "db";
  if (/^outputParser/.test(short)) return "braces";
  if (/mail|gmail|outlook/i.test(short)) return "mail";
  if (/slack|telegram|discord|whatsapp/i.test(short)) return "chat";
  if (/sheets|airtable|notion|baserow/i.test(short)) return "table";
  return icons[short] ?? kindIcons[kindOf(type)];
}

/** labelOf is a type for people where the catalogue does not name it: `Google Sheets`. */
export function labelOf(type: string): string {
  return shortType(type)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/^./, (c) => c.toUpperCase());
}
