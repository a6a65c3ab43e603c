import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { begin, fetchSetup, finish } from "../session/oidc";
import { signIn, wasRefused } from "../session/session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Logo } from "../ui/icon";
import { Notice } from "../ui/state";
import "./sign-in.css";

/** SignIn stands in place of every page until there is a credential. */
export function SignIn() {
  const setup = useQuery({ queryKey: ["setup"], queryFn: fetchSetup, staleTime: Infinity, retry: false });
  const [path, go] = useLocation();
  const [problem, setProblem] = useState<string | null>(null);
  const oidc = setup.data?.oidc ?? null;

  useEffect(() => {
    if (path !== "/sign-in") return;
    finish(location.search).then(
      (back) => back !== null && go(back, { replace: true }),
      (error: Error) => setProblem(error.message),
    );
  }, [path, go]);

  return (
    <main className="sign-in">
      <div className="card box">
        <div className="row">
          <Logo size={34} />
          <div>
            <h1>AutomateLanka</h1>
            <p className="muted">Workflows that run, and that you can see run.</p>
          </div>
        </div>
        {wasRefused() && <Notice tone="warn">The key or sign-in no longer holds. Sign in again.</Notice>}
        {problem && <Notice tone="bad">{problem}</Notice>}
        {oidc && (
          <>
            <Button look="main" onClick={() => void begin(oidc, path === "/sign-in" ? "/" : path).catch((e: Error) => setProblem(e.message))}>
              Continue with your account
            </Button>
            <div className="or">or with an API key</div>
          </>
        )}
        <KeyForm main={oidc === null} />
        <p className="small muted">
          On your own machine, <code>make dev</code> prints a link that signs in with one click.
        </p>
      </div>
    </main>
  );
}

function KeyForm({ main }: { main: boolean }) {
  const [key, setKey] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() === "") setWrong("Paste an API key.");
    else if (/\s/.test(key.trim())) setWrong("An API key has no spaces; paste it alone.");
    else signIn(key);
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Field
        label="API key"
        type="password"
        autoComplete="off"
        autoFocus={main}
        value={key}
        wrong={wrong}
        hint="It is kept for this tab alone and forgotten when you close it."
        onChange={(e) => {
          setKey(e.target.value);
          setWrong(null);
        }}
      />
      <Button type="submit" look={main ? "main" : "plain"}>
        Sign in
      </Button>
    </form>
  );
}
