import { expect, test, vi } from "vitest";

/** Socket stands for the browser's WebSocket; the test says what comes. */
class Socket {
  static last: Socket;
  sent: string[] = [];
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (message: { data: string }) => void;
  constructor() {
    Socket.last = this;
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.onclose?.();
  }
}

vi.stubGlobal("location", { origin: "http://console.invalid" });
vi.stubGlobal("WebSocket", Socket);
vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ ticket: "t", url: "/ws" })));
vi.stubGlobal("sessionStorage", { getItem: () => "alk_1" });
const { isLive, keepLive } = await import("./live");
const { queries } = await import("./query");

test("it is live once the platform says so, and what was read before is read again", async () => {
  queries.setQueryData(["executions", "exe_1"], { status: "running" });
  const stop = keepLive();
  await vi.waitFor(() => expect(Socket.last?.onopen).toBeDefined());
  Socket.last.onopen!();
  expect(Socket.last.sent).toEqual(['{"subscribe":"*"}']);
  expect(isLive(), "before the subscription holds, changes are not told").toBe(false);
  expect(queries.getQueryState(["executions", "exe_1"])!.isInvalidated).toBe(false);
  Socket.last.onmessage!({ data: '{"type":"subscribed","subscription":"*"}' });
  expect(isLive()).toBe(true);
  expect(queries.getQueryState(["executions", "exe_1"])!.isInvalidated).toBe(true);
  stop();
  expect(isLive()).toBe(false);
});
