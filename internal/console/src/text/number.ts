const whole = new Intl.NumberFormat();
const compactForm = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

export function count(n: number): string {
  return whole.format(n);
}

export function compact(n: number): string {
  return Math.abs(n) < 10_000 ? whole.format(n) : compactForm.format(n);
}

/** money shows dollars with as many digits as the amount needs: AI calls cost fractions of a cent. */
export function money(usd: number): string {
  if (usd === 0) return "$0.00";
  if (usd < 0) return `-${money(-usd)}`;
  if (usd < 0.01) return `$${usd.toFixed(6).replace(/0+$/, "")}`;
  if (usd < 1) return `$${usd.toFixed(4)}`;
  return `$${usd.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** limit shows a plan's limit; -1 is unlimited. */
export function limit(n: number): string {
  return n < 0 ? "unlimited" : count(n);
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KB`;
  return `${(n / 1024 / 1024).toFixed(1)} MB`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
