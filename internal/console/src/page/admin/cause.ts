import type { ErrorGroup } from "../../api/admin";

/** Texts that are searched for: shorter ones find too much, the API takes no longer ones. */
const [shortest, longest] = [6, 200];

/**
 * searchFor is a text that finds the failures of a group: the longest part of the
 * message that they have in common. What differs stands in the pattern as # or ….
 */
export function searchFor({ code, pattern, sample }: Pick<ErrorGroup, "code" | "pattern"> & { sample: { message: string } }): string {
  const message = sample.message.toLowerCase();
  const parts = pattern.split(/[#…]/).map((p) => p.trim().slice(0, longest));
  const best = parts.filter((p) => message.includes(p)).reduce((a, b) => (b.length > a.length ? b : a), "");
  return best.length < shortest ? code : best;
}
