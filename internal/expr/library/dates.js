// n8n's functions on dates, on top of Luxon. Each takes the date (a Date or a
// DateTime) and the list of the call's arguments. fail(text) throws the error
// that ends the expression.
(function (luxon, fail) {
  "use strict";
  const { DateTime } = luxon;

  const plural = {
    day: "days", month: "months", year: "years", week: "weeks", hour: "hours", minute: "minutes", second: "seconds",
    millisecond: "milliseconds", ms: "milliseconds", sec: "seconds", secs: "seconds", hr: "hours", hrs: "hours",
    min: "minutes", mins: "minutes",
  };
  const singular = {
    days: "day", months: "month", years: "year", hours: "hour", minutes: "minute", seconds: "second",
    milliseconds: "millisecond", hrs: "hour", hr: "hour", mins: "minute", min: "minute", secs: "second", sec: "second",
    ms: "millisecond",
  };
  const spans = ["milliseconds", "seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"];
  const parts = [
    "day", "week", "month", "year", "hour", "minute", "second", "millisecond", "weekNumber", "yearDayNumber", "weekday",
  ];

  const isDateTime = (d) => Boolean(d) && DateTime.isDateTime(d);
  const wrap = (d) => (isDateTime(d) ? d : DateTime.fromJSDate(d));
  // What comes in as a Date goes out as a Date.
  const like = (given, result) => (isDateTime(given) ? result : result.toJSDate());

  // shifted moves a date by plus or minus: one argument is a Luxon duration, two
  // are an amount and a unit.
  function shifted(date, method, args) {
    const amount = args.length === 1 ? args[0] : { [plural[args[1]] || args[1] || "minutes"]: args[0] === undefined ? 0 : args[0] };
    return like(date, wrap(date)[method](amount));
  }

  // comparable is a DateTime of what isBetween takes, undefined if it is no date.
  function comparable(v) {
    if (typeof v === "string") {
      const d = DateTime.fromJSDate(new Date(v));
      return d.isValid ? d : undefined;
    }
    if (v instanceof Date) return DateTime.fromJSDate(v);
    return isDateTime(v) ? v : undefined;
  }

  function dayOfYear(date) {
    const d = isDateTime(date) ? date.toJSDate() : date;
    const start = new Date(d.getFullYear(), 0, 0);
    const shift = (start.getTimezoneOffset() - d.getTimezoneOffset()) * 60000;
    return Math.floor((d.getTime() - start.getTime() + shift) / 86400000);
  }

  // read tries the forms of dates that n8n knows, one after the other.
  function read(text) {
    const s = String(text).trim();
    const zone = { setZone: true };
    const forms = [
      () => DateTime.fromISO(s, zone), () => DateTime.fromHTTP(s, zone), () => DateTime.fromRFC2822(s, zone),
      () => DateTime.fromSQL(s, zone), () => DateTime.fromMillis(Date.parse(s)),
    ];
    for (const form of forms) {
      const d = form();
      if (d.isValid) return d;
    }
    return fail("cannot convert to Luxon DateTime");
  }

  function fromNumber(n, unit) {
    switch (unit) {
      case "excel": // days since 1900, which Excel takes for a leap year
        return DateTime.fromSeconds((n - 25569) * 86400);
      case "s":
        return DateTime.fromSeconds(n);
      case "us":
        return DateTime.fromMillis(n / 1000);
      case "ms":
        return DateTime.fromMillis(n);
      default:
        return fail(`Unsupported format '${String(unit)}'. toDateTime() supports 'ms', 's', 'us' and 'excel'.`);
    }
  }

  function fromText(text, form) {
    if (!form) return read(text);
    try {
      return ["ms", "s", "us", "excel"].includes(form) ? fromNumber(Number(text), form) : DateTime.fromFormat(text, form);
    } catch (e) {
      return fail("cannot convert to Luxon DateTime");
    }
  }

  function toDateTime(v) {
    if (isDateTime(v)) return v;
    return typeof v === "string" ? read(v) : DateTime.fromJSDate(v);
  }

  function diffTo(date, args) {
    const unit = args[1] === undefined ? "days" : args[1];
    let units = Array.isArray(unit) ? unit : [unit];
    if (units.length === 0) units = ["days"];
    const wrong = units.find((u) => !parts.includes(u) && !spans.includes(u));
    if (wrong) fail(`Unsupported unit '${String(wrong)}'. Supported: ${spans.map((u) => `'${u}'`).join(", ")}.`);
    const diff = date.diff(toDateTime(args[0]), units);
    return units.length > 1 ? diff.toObject() : diff.as(units[0]);
  }

  return {
    beginningOf: (date, [unit = "week"]) => like(date, wrap(date).startOf(singular[unit] || unit)),
    endOfMonth: (date) => like(date, wrap(date).endOf("month")),
    extract(date, [part = "week"]) {
      if (part === "yearDayNumber") return dayOfYear(date);
      if (part === "week") part = "weekNumber";
      return wrap(date).get(singular[part] || part);
    },
    format: (date, [form, options = {}]) => wrap(date).toFormat(form, { ...options }),
    isBetween(date, args) {
      if (args.length !== 2) fail("isBetween(): expected exactly two args");
      const [a, b] = args.map(comparable);
      if (!a || !b) return undefined;
      return a > b ? b < date && date < a : b > date && date > a;
    },
    isDst: (date) => wrap(date).isInDST,
    isInLast(date, [amount = 0, unit = "minutes"]) {
      const now = DateTime.now();
      return now.minus({ [plural[unit] || unit]: amount }) <= wrap(date) && wrap(date) <= now;
    },
    isWeekend: (date) => [6, 7].includes(wrap(date).weekday),
    minus: (date, args) => shifted(date, "minus", args),
    plus: (date, args) => shifted(date, "plus", args),
    diffTo,
    diffToNow: (date, [unit]) => diffTo(date, [DateTime.now(), unit]),
    toDateTime,
    toInt: (date) => (isDateTime(date) ? date.toMillis() : date.getTime()),
    toFloat: (date) => (isDateTime(date) ? date.toMillis() : date.getTime()),
    stringToDateTime: (text, [form]) => fromText(text, form),
    numberToDateTime: (n, [unit = "ms"]) => fromNumber(n, unit),
  };
});
