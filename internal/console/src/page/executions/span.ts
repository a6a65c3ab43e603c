/** spans are the times that lists of runs can be narrowed to, in hours. */
export const spans = [
  { value: "", label: "Any time" },
  { value: "1", label: "Last hour" },
  { value: "24", label: "Last 24 hours" },
  { value: "168", label: "Last 7 days" },
];

const [minute, hour] = [60_000, 3_600_000];

/** sinceHours is the time so many hours ago, to the minute, so that the same list is asked for while one looks at it. */
export function sinceHours(hours: number): string {
  return new Date(Math.floor((Date.now() - hours * hour) / minute) * minute).toISOString();
}
