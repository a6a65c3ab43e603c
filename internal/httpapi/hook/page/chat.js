"use strict";
(() => {
  const log = document.getElementById("log");
  const form = document.getElementById("ask");
  const text = document.getElementById("text");
  const files = document.getElementById("files");
  const button = form.querySelector("button");
  const token = log.dataset.token;

  // The session is in the address's fragment where it can be restored, so that a
  // reload finds it again; fragments are sent to nobody.
  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  const restore = log.dataset.restore === "true";
  const known = new URLSearchParams(location.hash.slice(1)).get("session");
  const session = restore && /^[0-9a-f]{32}$/.test(known || "") ? known : random();

  function show(who, words) {
    const box = document.createElement("div");
    box.className = "message " + who;
    const name = document.createElement("span");
    name.className = "who";
    name.textContent = who === "user" ? "You" : "Assistant";
    const p = document.createElement("p");
    p.textContent = words;
    box.append(name, p);
    log.append(box);
    log.scrollTop = log.scrollHeight;
    return box;
  }

  function wordsOf(answer) {
    if (answer === null || typeof answer !== "object") return String(answer);
    for (const key of ["output", "text", "message"]) {
      if (typeof answer[key] === "string" && answer[key] !== "") return answer[key];
    }
    return JSON.stringify(answer, null, 2);
  }

  async function read(response) {
    const body = await response.text();
    let answer = body;
    try {
      answer = JSON.parse(body);
    } catch {
      // an answer of plain text
    }
    if (!response.ok) throw new Error((answer && answer.detail) || "The chat could not answer.");
    return answer;
  }

  async function send(fields) {
    const headers = token ? { "X-Chat-Token": token } : {};
    let body;
    if (files && files.files.length > 0 && fields.action === "sendMessage") {
      body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      for (const file of files.files) body.append("files", file);
    } else {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(fields);
    }
    let response = await fetch(location.pathname + location.search, { method: "POST", headers, body, credentials: "omit" });
    // An answer that takes long is asked for again, where the first one says.
    while (response.status === 202) {
      const { pollUrl } = await response.json();
      response = await fetch(pollUrl, { credentials: "omit" });
    }
    return read(response);
  }

  async function ask(message, id) {
    button.disabled = true;
    const box = show("bot", "…");
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await send({ action: "sendMessage", sessionId: session, chatInput: message, messageId: id });
      box.lastChild.textContent = wordsOf(answer);
      if (files) files.value = "";
    } catch (problem) {
      box.classList.add("bad");
      box.lastChild.textContent = problem instanceof TypeError ? "The chat could not be reached." : problem.message;
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = "Try again";
      again.addEventListener("click", () => {
        box.remove();
        void ask(message, problem instanceof TypeError ? id : random());
      });
      box.append(again);
    }
    box.removeAttribute("aria-busy");
    button.disabled = false;
    log.scrollTop = log.scrollHeight;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const message = text.value.trim();
    if (message === "" || button.disabled) return;
    if (restore) location.hash = "session=" + session;
    show("user", message);
    text.value = "";
    text.focus();
    void ask(message, random());
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  async function load() {
    const answer = await send({ action: "loadPreviousSession", sessionId: session });
    for (const m of (answer && answer.data) || []) {
      const words = m && m.kwargs && m.kwargs.content;
      if (typeof words === "string") show((m.id || []).includes("HumanMessage") ? "user" : "bot", words);
    }
  }
  if (restore && session === known) load().catch(() => {});
  text.focus();
})();
