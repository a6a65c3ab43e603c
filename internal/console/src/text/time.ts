/** Times are shown in the viewer's zone and language. */
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const shortTime = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

export function fullTime(at: string): string {
  return dateTime.format(new Date(at));
}

export function compactTime(at: string): string {
  return shortTime.format(new Date(at));
}

/** ago is a time relative to now: "3 min. ago". */
export function ago(at: string, now: number): string {
  const exact = (new Date(at).getTime() - now) / 1000;
  // Clocks differ by a little: what just happened is not in the future.
  const seconds = exact > 0 && exact < 3 ? 0 : exact;
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12]];
  let value = seconds;
  for (const [unit, size] of steps) {
    if (Math.abs(value) < size) return relative.format(Math.round(value), unit);
    value /= size;
  }
  return relative.format(Math.round(value), "year");
}

/** duration is a span for people: 240 ms, 3.2 s, 4 min 10 s, 2 h 5 min. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

/** zone is the name of the viewer's time zone. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
