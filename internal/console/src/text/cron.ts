/** Days as the scheduler counts them: 1 is Sunday. */
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const whole = /^\d+$/;
const any = /^[*?]$/;

const two = (n: string) => n.padStart(2, "0");

const dayOf = (n: string) => days[Number(n) - 1];

/** weekdaysOf reads `2,4` and `2-6`. */
function weekdaysOf(text: string): string | null {
  const named = text.split(",").map((part) => {
    const [from, to] = part.split("-").map(dayOf);
    return from && part.includes("-") ? to && `${from} to ${to}` : from;
  });
  return named.every((d) => d !== undefined) ? named.join(", ") : null;
}

/**
 * cronWords says in words when an expression of the scheduler, `cron(0 8 ? * 2 *)`,
 * starts something: "Monday at 08:00". It is null for those that words make no clearer.
 */
export function cronWords(expression: string): string | null {
  const [minute, hour, date, month, weekday, year] = /^cron\((.*)\)$/.exec(expression)?.[1]?.split(/\s+/) ?? [];
  if (!minute || !hour || !date || !month || !weekday || !year || !any.test(month) || !any.test(year)) return null;
  const daily = any.test(date) && any.test(weekday);
  if (daily && any.test(hour)) return hourly(minute);
  if (!whole.test(minute) || !whole.test(hour)) return null;
  const time = `${two(hour)}:${two(minute)}`;
  if (daily) return `Every day at ${time}`;
  if (any.test(weekday)) return whole.test(date) ? `Day ${date} of each month at ${time}` : null;
  const named = any.test(date) ? weekdaysOf(weekday) : null;
  return named && `${named} at ${time}`;
}

/** hourly is for what happens in each hour: at one minute, or at minutes that lie evenly. */
function hourly(minute: string): string | null {
  if (any.test(minute)) return "Every minute";
  if (whole.test(minute)) return `Every hour, at minute ${Number(minute)}`;
  const minutes = minute.split(",").map(Number);
  const step = 60 / minutes.length;
  return minutes.every((m, i) => m === i * step) ? `Every ${step} minutes` : null;
}
