import { useSyncExternalStore } from "react";

/** What the person chose: the system's theme, or one of the two. */
export type Theme = "system" | "light" | "dark";

const storageKey = "automatelanka.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function stored(): Theme {
  const kept = localStorage.getItem(storageKey);
  return kept === "light" || kept === "dark" ? kept : "system";
}

let theme: Theme = stored();

function apply() {
  const dark = theme === "dark" || (theme === "system" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

export function setTheme(next: Theme) {
  theme = next;
  if (next === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, next);
  apply();
  listeners.forEach((tell) => tell());
}

export function startTheme() {
  apply();
  system.addEventListener("change", apply);
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => theme,
  );
}
