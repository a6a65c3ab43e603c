import { useSyncExternalStore } from "react";
import { ago, duration, fullTime } from "../text/time";

// One clock for the whole page: it ticks each second while anybody looks.
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(tell: () => void) {
  listeners.add(tell);
  timer ??= setInterval(() => {
    now = Date.now();
    listeners.forEach((each) => each());
  }, 1000);
  return () => {
    listeners.delete(tell);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** useNow is the time, to `step` ms: a component is drawn anew only when that changes. */
export function useNow(step = 1000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / step) * step);
}

/** Ago is a time relative to now, with the full one as its tooltip. */
export function Ago({ at }: { at: string }) {
  const current = useNow(10_000);
  return (
    <time dateTime={at} title={fullTime(at)}>
      {ago(at, Math.max(current, now))}
    </time>
  );
}

/** Elapsed counts from a time on. */
export function Elapsed({ since }: { since: string }) {
  const current = useNow();
  return <>{duration(Math.max(0, current - new Date(since).getTime()))}</>;
}
