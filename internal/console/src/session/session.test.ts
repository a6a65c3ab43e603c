import { expect, test } from "vitest";
import { addressOf } from "../api/ticket";
import { challengeOf } from "./oidc";
import { keyOfFragment } from "./session";

test("the key is read from the link's fragment alone", () => {
  expect(keyOfFragment("#key=alk_1_a%2Bb")).toBe("alk_1_a+b");
  expect(keyOfFragment("#import")).toBeNull();
  expect(keyOfFragment("#key=")).toBeNull();
  expect(keyOfFragment("")).toBeNull();
});

test("the code challenge is the one of RFC 7636, appendix B", async () => {
  expect(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("the socket is where the ticket says, or on this origin", () => {
  expect(addressOf({ ticket: "t", url: "wss://live.example.com/prod?ticket=t" }, "https://x.example")).toBe("wss://live.example.com/prod?ticket=t");
  expect(addressOf({ ticket: "t" }, "http://127.0.0.1:8080")).toBe("ws://127.0.0.1:8080/ws?ticket=t");
  expect(addressOf({ ticket: "t" }, "https://x.example")).toBe("wss://x.example/ws?ticket=t");
});
