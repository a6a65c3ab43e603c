/** Advice is what an error's code means to the person who sees it, and what to do. */
export interface Advice {
  title: string;
  todo: string;
}

/** Place is where the error is read: a page where the run can be resumed, the same before an operator, who cannot correct the workflow, or a chat that can only ask again. */
export type Place = "run" | "operator" | "chat";

interface Known extends Advice {
  /** Once that is done the run goes on: as it is, or with the version that was corrected. */
  then?: "resume" | "resume corrected";
  /** What to do where the run cannot be acted on, if it is something else. */
  chat?: string;
}

/** What follows the todo, by what can be done at the place. */
const follows: Record<NonNullable<Known["then"]>, Record<Place, string>> = {
  resume: { run: "Then resume the run.", operator: "Then resume the run.", chat: "Then send the message again." },
  "resume corrected": { run: "Then resume the run with the new version.", operator: "That is for the tenant, who then resumes the run with the new version.", chat: "Save it, then send the message again." },
};

const advice: Record<string, Known> = {
  UNAUTHENTICATED: { title: "Not signed in", todo: "Sign in again." },
  FORBIDDEN: { title: "Not allowed", todo: "Your role does not allow this. Ask an owner of the tenant." },
  NOT_FOUND: { title: "Not found", todo: "It was deleted, or it belongs to another tenant." },
  VALIDATION: { title: "Something is not valid", todo: "Correct the fields that are named and send it again." },
  PAYLOAD_TOO_LARGE: { title: "Too large", todo: "Send less, or split it: a request may have 4 MB." },
  IDEMPOTENCY_MISMATCH: { title: "Sent twice with different content", todo: "Use another Idempotency-Key for another request." },
  PLAN_LIMIT_CONCURRENCY: { title: "All slots are in use", todo: "Wait until a run ends, or raise the plan's limit of concurrent runs." },
  PLAN_LIMIT_RUNS: { title: "The month's runs are used up", todo: "Wait for the next month, or change the plan." },
  PLAN_LIMIT_QUEUE: { title: "The queue is full", todo: "Wait until queued runs have started, or cancel some." },
  PLAN_LIMIT_RATE: { title: "Too many runs at once", todo: "Wait a minute, or send fewer runs a minute." },
  AI_TOKEN_BUDGET_EXHAUSTED: { title: "The month's AI tokens are used up", todo: "Nothing was lost: raise the budget or wait for the next month.", then: "resume" },
  NODE_TYPE_UNSUPPORTED: { title: "This kind of node cannot run here", todo: "Replace the node by one that is supported.", then: "resume corrected" },
  NODE_TIMEOUT: { title: "The node took too long", todo: "Raise the node's timeout, or give it less to do at once.", then: "resume corrected" },
  NODE_OUTCOME_UNKNOWN: {
    title: "It is not known whether this call arrived",
    todo: "The connection was lost after the call was sent. Look on the other side whether it had its effect, then decide: repeat it, or go on without it.",
    chat: "The connection was lost after the call was sent. Open the run to decide whether the call is repeated or left out; a message sent again makes it once more.",
  },
  EXPRESSION_ERROR: { title: "An expression failed", todo: "Correct the expression in the node's parameters.", then: "resume corrected" },
  ADDRESS_REFUSED: { title: "This address may not be called", todo: "Private, loopback and metadata addresses are refused. Use a public address." },
  CREDENTIAL_MISSING: { title: "A credential is missing", todo: "Create the credential that the node names.", then: "resume" },
  CREDENTIAL_DOMAIN: { title: "The credential may not go to this host", todo: "Call the service that the credential is for, or have an owner add the host to it." },
  CREDENTIAL_EXPIRED: { title: "The credential has expired", todo: "Connect it again under Credentials.", then: "resume" },
  CREDENTIAL_IN_USE: { title: "Workflows use this credential", todo: "Take it out of them first. An owner may delete it anyway." },
  RUN_CAP_REACHED: { title: "The run reached its own AI budget", todo: "Raise the workflow's limit for one run, or let it do less.", then: "resume" },
  WORKFLOW_CAP_REACHED: { title: "The workflow reached its AI budget", todo: "Raise the workflow's limit for the month, or wait for the next one.", then: "resume" },
  CONNECTION_LIMIT: { title: "Too many live connections", todo: "Close other tabs of the console. This page is kept up to date without one, more slowly." },
  UPSTREAM_RATE_LIMITED: { title: "The other service asks to slow down", todo: "It was tried several times. Wait a while.", then: "resume" },
  UPSTREAM_ERROR: { title: "The other service failed", todo: "Its answer says why. Wait if the failure may pass by itself; otherwise correct the node.", then: "resume" },
  CODE_ERROR: { title: "The code threw an error", todo: "Correct the code of the node.", then: "resume corrected" },
  CODE_LIMIT: { title: "The code used too much time or memory", todo: "Let the code do less at once.", then: "resume corrected" },
  NODE_ERROR: { title: "The node failed", todo: "Correct what the message names.", then: "resume corrected" },
  EXECUTION_TIMEOUT: { title: "The run took too long", todo: "Raise the timeout in the workflow's settings, or split the workflow.", then: "resume" },
  RUN_LIMIT: { title: "The run was too large", todo: "Split the workflow, or give it fewer items at once." },
  LOOP_LIMIT: { title: "The loop ran too often", todo: "Check the condition that ends the loop." },
  CANCELLED: { title: "Cancelled", todo: "It was ended by a person or a rule. Retry starts it anew.", chat: "It was ended by a person or a rule. Send the message again to start anew." },
  OFFLINE: { title: "The platform cannot be reached", todo: "Check the connection, then try again." },
  INTERNAL: { title: "The platform failed", todo: "Try again. If it stays, tell the operator the run's id." },
  UNAVAILABLE: { title: "The platform is busy", todo: "Try again in a moment." },
  CONFLICT: { title: "Its state does not allow this", todo: "It changed meanwhile. Look at it anew." },
};

function todoOf({ todo, then, chat }: Known, place: Place): string {
  if (place === "chat" && chat) return chat;
  return then ? `${todo} ${follows[then][place]}` : todo;
}

/** adviceOf explains a code; one that is not known is shown as it is. */
export function adviceOf(code: string, place: Place = "run"): Advice {
  const found = advice[code];
  if (found) return { title: found.title, todo: todoOf(found, place) };
  return { title: code.replaceAll("_", " ").toLowerCase().replace(/^./, (c) => c.toUpperCase()), todo: "Look at the message, correct what it names, then try again." };
}

/** known is for the test that no code of the API is forgotten. */
export const known = Object.keys(advice);
