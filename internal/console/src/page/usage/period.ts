/** monthsBack are the last months as the API names them, `2026-11`, this one first. They are counted in UTC. */
export function monthsBack(now: Date, n: number): string[] {
  return Array.from({ length: n }, (_, i) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - i, 1)).toISOString().slice(0, 7));
}

/** daysOf are the days of a month, `2026-11-01` first. */
export function daysOf(period: string): string[] {
  const [year = 0, month = 1] = period.split("-").map(Number);
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Array.from({ length: last }, (_, i) => `${period}-${String(i + 1).padStart(2, "0")}`);
}

const form = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });

export function periodName(period: string): string {
  return form.format(new Date(`${period}-01T00:00:00Z`));
}
