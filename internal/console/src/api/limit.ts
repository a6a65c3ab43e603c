/** limitFields are the limits of a plan, and what a tenant's overrides may replace. */
export const limitFields = [
  { key: "maxConcurrent", label: "Concurrent runs" },
  { key: "monthlyRuns", label: "Runs a month" },
  { key: "aiTokens", label: "AI tokens a month" },
  { key: "runsPerMinute", label: "Runs a minute" },
  { key: "maxQueued", label: "Queued at most" },
  { key: "requestsPerMinute", label: "Requests a minute, each key" },
  { key: "retentionDays", label: "Days kept" },
  { key: "monthlyPriceUsd", label: "Price a month, $" },
] as const;

export type LimitKey = (typeof limitFields)[number]["key"];
