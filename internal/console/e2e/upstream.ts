import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Upstream {
  address: string; // host:port, for --allow-host
  close: () => void;
}

/**
 * startUpstream stands for the services that workflows call:
 *   /ok/NAME    answers {"ok":true}
 *   /hold/NAME  answers when /release/NAME is called
 *   /fail/NAME  answers 400 until /mend/NAME is called
 *   /drop/NAME  hangs up without an answer until /mend/NAME is called
 *   /say        answers what the query's text says
 *   /botNAME/…  is a messenger that keeps the last message of NAME, which /sent/NAME gives
 * All names are a test's own.
 */
export async function startUpstream(): Promise<Upstream> {
  const held = new Map<string, ServerResponse[]>();
  const released = new Set<string>();
  const mended = new Set<string>();
  const messages = new Map<string, string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://upstream");
    const [, what = "", name = ""] = url.pathname.split("/");
    response.setHeader("Content-Type", "application/json");
    const ok = (to: ServerResponse) => to.end(JSON.stringify({ ok: true, name }));
    if (what.startsWith("bot")) {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        messages.set(what.slice("bot".length), body);
        ok(response);
      });
      return;
    }
    switch (what) {
      case "sent":
        return response.end(messages.get(name) ?? "null");
      case "hold":
        if (released.has(name)) return ok(response);
        held.set(name, [...(held.get(name) ?? []), response]);
        return;
      case "release":
        released.add(name);
        held.get(name)?.forEach(ok);
        held.delete(name);
        return ok(response);
      case "fail":
        if (mended.has(name)) return ok(response);
        response.statusCode = 400;
        return response.end(JSON.stringify({ message: url.searchParams.get("text") ?? "refused on purpose" }));
      case "drop":
        if (mended.has(name)) return ok(response);
        return request.socket.destroy();
      case "mend":
        mended.add(name);
        return ok(response);
      case "say":
        return response.end(JSON.stringify({ text: url.searchParams.get("text") }));
      default:
        return ok(response);
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
