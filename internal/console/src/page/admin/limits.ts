import type { LimitKey } from "../../api/limit";
import { limit, money } from "../../text/number";

/** What the platform takes for a limit beside whole numbers from -1, which is unlimited. */
const ranges: Partial<Record<LimitKey, { takes: (n: number) => boolean; says: string }>> = {
  maxConcurrent: { takes: (n) => n <= 500, says: "At most 500 runs can be concurrent." },
  requestsPerMinute: { takes: (n) => n !== 0, says: "0 would shut every key out: suspend the tenant instead." },
  monthlyPriceUsd: { takes: (n) => n >= 0, says: "A price is 0 or more." },
};

/** wrongLimit says what is wrong with a limit as it was typed; null if nothing is. */
export function wrongLimit(key: LimitKey, typed: string): string | null {
  const n = Number(typed);
  if (!/^-?\d+$/.test(typed) || !Number.isSafeInteger(n)) return "Write a whole number.";
  const range = ranges[key];
  if (range && !range.takes(n)) return range.says;
  return n < -1 ? "Write -1 for unlimited, or a number from 0 on." : null;
}

/** shownLimit is a limit as it is read. */
export function shownLimit(key: LimitKey, n: number): string {
  return key === "monthlyPriceUsd" ? money(n) : limit(n);
}
