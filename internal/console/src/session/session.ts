import { useSyncExternalStore } from "react";

/**
 * The credential that requests carry: an API key or the access token of a sign-in.
 * It lives in sessionStorage: it ends with the tab, and no other tab sees it.
 */
const storageKey = "automatelanka.credential";
/** What views keep in the tab for whoever is signed in; signing out forgets it. */
export const keptPrefix = "automatelanka.kept.";
const listeners = new Set<() => void>();
let expired = false;

export function credential(): string | null {
  return sessionStorage.getItem(storageKey);
}

export function signIn(secret: string) {
  expired = false;
  sessionStorage.setItem(storageKey, secret.trim());
  listeners.forEach((tell) => tell());
}

/** signOut forgets the credential; with refused, the sign-in page says that it no longer holds. */
export function signOut(refused = false) {
  expired = refused;
  for (const key of Object.keys(sessionStorage)) if (key === storageKey || key.startsWith(keptPrefix)) sessionStorage.removeItem(key);
  listeners.forEach((tell) => tell());
}

export function wasRefused(): boolean {
  return expired;
}

export function useCredential(): string | null {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    credential,
  );
}

/**
 * keyOfFragment reads the key of a sign-in link, `http://host/#key=…`. A fragment
 * never reaches a server or its logs.
 */
export function keyOfFragment(hash: string): string | null {
  const key = new URLSearchParams(hash.replace(/^#/, "")).get("key");
  return key?.trim() || null;
}

/** takeLink signs in by the page's own fragment, and takes it out of the address and the history. */
export function takeLink() {
  const key = keyOfFragment(location.hash);
  if (key === null) return;
  signIn(key);
  history.replaceState(null, "", location.pathname + location.search);
}
