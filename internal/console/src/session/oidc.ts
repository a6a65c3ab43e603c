import { signIn } from "./session";

/** What the installation tells the console: who signs people in, if anybody does. */
export interface Setup {
  oidc: { issuer: string; clientId: string } | null;
}

/** fetchSetup reads /console.json; an installation without it has API keys alone. */
export async function fetchSetup(): Promise<Setup> {
  const answer = await fetch("/console.json", { headers: { Accept: "application/json" } });
  if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) return { oidc: null };
  const setup = (await answer.json()) as Partial<Setup>;
  return { oidc: setup.oidc?.issuer && setup.oidc.clientId ? setup.oidc : null };
}

interface Endpoints {
  authorization_endpoint: string;
  token_endpoint: string;
}

interface Started {
  state: string;
  verifier: string;
  tokenEndpoint: string;
  clientId: string;
  back: string;
}

const startedKey = "automatelanka.oidc";

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** challengeOf is the S256 code challenge of a verifier (RFC 7636). */
export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function redirectUri(): string {
  return `${location.origin}/sign-in`;
}

/** begin sends the browser to the issuer: authorization code with PKCE. */
export async function begin(oidc: NonNullable<Setup["oidc"]>, back: string) {
  const found = await fetch(`${oidc.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (!found.ok) throw new Error("The sign-in service does not answer; try again.");
  const endpoints = (await found.json()) as Endpoints;
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(48)));
  const state = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const started: Started = { state, verifier, tokenEndpoint: endpoints.token_endpoint, clientId: oidc.clientId, back };
  sessionStorage.setItem(startedKey, JSON.stringify(started));
  const to = new URL(endpoints.authorization_endpoint);
  to.search = new URLSearchParams({
    response_type: "code",
    client_id: oidc.clientId,
    redirect_uri: redirectUri(),
    scope: "openid email",
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
  }).toString();
  location.assign(to);
}

/**
 * finish takes the code that the issuer sent back, changes it for an ID token and
 * signs in. It answers where the person wanted to go; null if this is no answer of
 * the issuer.
 */
export async function finish(search: string): Promise<string | null> {
  const query = new URLSearchParams(search);
  if (!query.has("code") && !query.has("error")) return null;
  const kept = sessionStorage.getItem(startedKey);
  sessionStorage.removeItem(startedKey);
  const started = kept === null ? null : (JSON.parse(kept) as Started);
  if (query.has("error")) throw new Error(query.get("error_description") ?? `The sign-in service refused: ${query.get("error")}.`);
  if (started === null || started.state !== query.get("state")) throw new Error("This sign-in was not started here; sign in again.");
  const answer = await fetch(started.tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: started.clientId,
      redirect_uri: redirectUri(),
      code: query.get("code") ?? "",
      code_verifier: started.verifier,
    }),
  });
  const tokens = (await answer.json().catch(() => ({}))) as { id_token?: string; error_description?: string };
  if (!answer.ok || !tokens.id_token) throw new Error(tokens.error_description ?? "The sign-in service gave no token; sign in again.");
  signIn(tokens.id_token);
  return started.back;
}
