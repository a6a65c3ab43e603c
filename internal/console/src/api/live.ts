import { useEffect, useSyncExternalStore } from "react";
import { credential } from "../session/session";
import { call } from "./client";
import { queries } from "./query";
import { addressOf, type Ticket } from "./ticket";

/**
 * The live connection tells what changed; what it is now is fetched by the routes
 * that everything else uses. While there is no connection, views poll.
 */
interface LiveEvent {
  type: string;
  executionId?: string;
}

const backoff = [1_000, 2_000, 5_000, 15_000, 30_000];
/** Events that come close together are one refresh. */
const gather = 250;

let socket: WebSocket | null = null;
let users = 0;
let failures = 0;
let up = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function setUp(now: boolean) {
  if (up === now) return;
  up = now;
  listeners.forEach((tell) => tell());
}

async function connect() {
  if (users === 0 || socket !== null || credential() === null) return;
  try {
    const ticket = await call<Ticket>("POST", "/api/ws-ticket");
    if (users === 0) return;
    const opened = new WebSocket(addressOf(ticket, location.origin));
    socket = opened;
    opened.onopen = () => opened.send(JSON.stringify({ subscribe: "*" }));
    opened.onmessage = (message: MessageEvent<unknown>) => take(message.data);
    opened.onclose = () => {
      if (socket === opened) socket = null;
      setUp(false);
      later();
    };
  } catch {
    later();
  }
}

function later() {
  clearTimeout(timer);
  if (users === 0) return;
  timer = setTimeout(() => void connect(), backoff[Math.min(failures++, backoff.length - 1)]);
}

const changed = new Set<string>();
let flush: ReturnType<typeof setTimeout> | undefined;

function take(data: unknown) {
  if (typeof data !== "string") return;
  let event: LiveEvent;
  try {
    event = JSON.parse(data) as LiveEvent;
  } catch {
    return;
  }
  if (event.type === "subscribed") {
    failures = 0;
    setUp(true);
    // From now on all that changes is told. What changed since it was read is read again.
    void queries.invalidateQueries({ queryKey: ["executions"] });
    return;
  }
  if (event.type !== "execution.updated" && event.type !== "node.updated") return;
  if (event.executionId) changed.add(event.executionId);
  flush ??= setTimeout(() => {
    flush = undefined;
    for (const id of changed) void queries.invalidateQueries({ queryKey: ["executions", id] });
    changed.clear();
    void queries.invalidateQueries({ queryKey: ["executions", "list"] });
    void queries.invalidateQueries({ queryKey: ["usage", "now"] });
  }, gather);
}

/** keepLive keeps the connection until what it returns is called. */
export function keepLive(): () => void {
  users++;
  if (users === 1) void connect();
  return () => {
    users--;
    if (users > 0) return;
    clearTimeout(timer);
    socket?.close();
    socket = null;
  };
}

/** isLive tells whether all that changes is told. */
export const isLive = () => up;

/** useLive keeps the connection while a view wants it, and tells whether it is up. */
export function useLive(wanted = true): boolean {
  useEffect(() => (wanted ? keepLive() : undefined), [wanted]);
  return useSyncExternalStore((tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, isLive);
}
