// Writes locales.json.gz: what the Intl of Node prints for each combination of
// options, as patterns. Run it with Node 20: node generate.mjs
// The data behind Intl is Unicode's CLDR (Unicode License V3, see LICENSE-unicode.txt).
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const locales = [
  "en-US", "en-GB", "en-CA", "en-AU", "en-NZ", "en-IE", "en-IN", "en-ZA", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-CA", "fr-CH", "fr-BE",
  "es-ES", "es-MX", "es-AR", "es-CO", "es-US", "it-IT", "pt-BR", "pt-PT", "nl-NL", "nl-BE", "sv-SE", "da-DK", "nb-NO", "fi-FI", "pl-PL",
  "cs-CZ", "sk-SK", "hu-HU", "ro-RO", "bg-BG", "el-GR", "tr-TR", "ru-RU", "uk-UA", "he-IL", "ja-JP", "zh-CN", "zh-TW", "ko-KR", "id-ID",
  "vi-VN", "hi-IN", "ms-MY", "sr-RS", "hr-HR", "lt-LT", "lv-LV", "et-EE", "ca-ES",
];
const currencies = (
  "USD EUR GBP JPY CNY INR BRL CAD AUD CHF MXN KRW RUB TRY PLN SEK NOK DKK CZK HUF ILS ZAR THB IDR VND AED SAR NGN LKR PKR BDT PHP " +
  "MYR SGD HKD NZD TWD ARS CLP COP PEN EGP UAH RON BGN KES GHS"
).split(" ");

const at = (h = 4, month = 1, day = 3) => new Date(Date.UTC(2023, month, day, h, 5, 6));
const dtf = (l, o) => new Intl.DateTimeFormat(l, { timeZone: "UTC", ...o });
const names = []; // tables of month, weekday and half-day names
const nameIds = new Map();
function nameId(list) {
  const key = JSON.stringify(list);
  if (!nameIds.has(key)) { nameIds.set(key, names.length); names.push(list); }
  return nameIds.get(key);
}
const escape = (s) => s.replace(/[{}\\]/g, "\\$&");
const numeric = (s) => /^\d+$/.test(s);

// One token for a part: {d} {dd} {y} {yy} {M} {MM} {M7} (names) {E3} {h}… {a5} {z} {zz}
function token(f, p) {
  const value = (d, type) => f.formatToParts(d).find((x) => x.type === type)?.value;
  switch (p.type) {
    case "literal": return escape(p.value);
    case "day": return numeric(p.value) ? (p.value.length > 1 ? "{dd}" : "{d}") : fail(p);
    case "year": case "relatedYear": return p.value.length > 2 ? "{y}" : "{yy}";
    case "month":
      if (numeric(p.value)) return p.value.length > 1 ? "{MM}" : "{M}";
      return `{M${nameId([...Array(12).keys()].map((m) => value(at(4, m), "month")))}}`;
    case "weekday": // 1 January 2023 was a Sunday
      return `{E${nameId([...Array(7).keys()].map((d) => value(at(4, 0, d + 1), "weekday")))}}`;
    case "hour": {
      const cycle = { 0: value(at(13), "hour").replace(/^0/, "") === "13" ? "H" : "K", 12: "h", 24: "k" }[Number(value(at(0), "hour"))];
      return `{${p.value.length > 1 ? cycle + cycle : cycle}}`;
    }
    case "minute": return p.value.length > 1 ? "{mm}" : "{m}";
    case "second": return p.value.length > 1 ? "{ss}" : "{s}";
    case "dayPeriod": return `{a${nameId([value(at(4), "dayPeriod"), value(at(13), "dayPeriod")])}}`;
    case "timeZoneName": return p.value === "UTC" ? "{z}" : "{zz}";
    default: return fail(p);
  }
}
function fail(p) { throw new Error(`unexpected part ${JSON.stringify(p)}`); }
const pattern = (l, o) => { const f = dtf(l, o); return f.formatToParts(at()).map((p) => token(f, p)).join(""); };
const clean = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));

// What stands between a date and a time.
function glue(l, date, time) {
  const text = (o) => dtf(l, o).format(at());
  const [both, d, t] = [text({ ...date, ...time }), text(date), text(time)];
  return both.startsWith(d) && both.endsWith(t) ? both.slice(d.length, both.length - t.length) : ", ";
}

const width = { n: "numeric", 2: "2-digit", s: "short", l: "long", w: "narrow", "-": undefined };
function dates(l) {
  const out = {}, join = {};
  for (const w of "-wsl") for (const y of "-n2") for (const m of "-n2slw") for (const d of "-n2") {
    const key = w + y + m + d;
    if (key === "----") continue;
    const o = clean({ weekday: width[w], year: width[y], month: width[m], day: width[d] });
    out[key] = pattern(l, o);
    join[key] = glue(l, o, { hour: "numeric", minute: "2-digit" });
  }
  return [out, join];
}

const cycles = {
  d: {}, t: { hour12: true }, f: { hour12: false }, h11: { hourCycle: "h11" }, h12: { hourCycle: "h12" }, h23: { hourCycle: "h23" }, h24: { hourCycle: "h24" },
};
function times(l) {
  const out = {};
  for (const [c, cycle] of Object.entries(cycles)) for (const h of "-n2") for (const m of "-n2") for (const s of "-n2") {
    const key = h + m + s;
    if (key === "---" || (h === "-" && c !== "d")) continue;
    out[`${c}:${key}`] = pattern(l, clean({ hour: width[h], minute: width[m], second: width[s], ...cycle }));
  }
  return out;
}

const styles = ["full", "long", "medium", "short"];
function styled(l) {
  const out = { date: {}, time: {}, join: {} };
  for (const s of styles) {
    out.date[s] = pattern(l, { dateStyle: s });
    for (const [c, cycle] of Object.entries(cycles)) out.time[`${c}:${s}`] = pattern(l, { timeStyle: s, ...cycle });
    for (const t of styles) out.join[`${s}:${t}`] = glue(l, { dateStyle: s }, { timeStyle: t });
  }
  return out;
}

function numbers(l) {
  const parts = (n, o) => new Intl.NumberFormat(l, o).formatToParts(n);
  const part = (n, type, o) => parts(n, o).find((p) => p.type === type)?.value ?? "";
  const integers = parts(123456789).filter((p) => p.type === "integer").map((p) => p.value.length);
  const money = {};
  for (const c of currencies) {
    const f = (n) => parts(n, { style: "currency", currency: c }).map((p) => (["integer", "decimal", "fraction", "group"].includes(p.type) ? "" : p.value));
    const shape = (n) => {
      const list = parts(n, { style: "currency", currency: c });
      const first = list.findIndex((p) => p.type === "integer");
      const last = list.findLastIndex((p) => ["integer", "fraction"].includes(p.type));
      return [list.slice(0, first).map((p) => p.value).join(""), list.slice(last + 1).map((p) => p.value).join("")];
    };
    void f;
    money[c] = [...shape(1), ...shape(-1)];
  }
  const affix = (n, o) => new Intl.NumberFormat(l, o).format(n).split(/[\d٠-٩]+/);
  return {
    decimal: part(1.5, "decimal"), group: part(1234567, "group"), minus: part(-1, "minusSign"), plus: part(1, "plusSign", { signDisplay: "always" }),
    first: integers.at(-1), rest: integers.length > 2 ? integers[1] : integers.at(-1),
    least: parts(1234).some((p) => p.type === "group") ? 1 : 2,
    percent: affix(0.05, { style: "percent" }), money,
  };
}

const zones = {};
for (const z of [...Intl.supportedValuesOf("timeZone"), "UTC"]) {
  const name = (m, style) => new Intl.DateTimeFormat("en-US", { timeZone: z, timeZoneName: style }).formatToParts(new Date(Date.UTC(2023, m, 3))).find((p) => p.type === "timeZoneName").value;
  const offset = (m) => name(m, "longOffset");
  const [winter, summer] = [0, 6].map((m) => [offset(m), name(m, "short"), name(m, "long")]);
  zones[z] = [winter, summer].map(([o, s, n]) => [o.replace("GMT", ""), s, n]);
}

// Abbreviations that a locale has for zones, where they are not offsets: {zone: [winter, summer]}.
function zoneNames(l) {
  const out = {};
  for (const z of Object.keys(zones)) {
    const list = [0, 6].map((m) => new Intl.DateTimeFormat(l, { timeZone: z, timeZoneName: "short" }).formatToParts(new Date(Date.UTC(2023, m, 3))).find((p) => p.type === "timeZoneName").value);
    if (list.some((n) => !/^(GMT|UTC)/.test(n))) out[z] = list;
  }
  return out;
}

const data = { locales: {}, zones, digits: {} };
for (const l of locales) {
  const [date, join] = dates(l);
  data.locales[l] = { date, join, time: times(l), style: styled(l), number: numbers(l), zones: zoneNames(l), zoneGlue: [glue(l, { year: "numeric", month: "numeric", day: "numeric" }, { timeZoneName: "short" })] };
}
for (const c of currencies) data.digits[c] = new Intl.NumberFormat("en", { style: "currency", currency: c }).resolvedOptions().maximumFractionDigits;
data.names = names;
data.cldr = process.versions.cldr;
const text = JSON.stringify(data);
const packed = gzipSync(text, { level: 9 });
packed.fill(0, 4, 8); // no time stamp
writeFileSync(new URL("locales.json.gz", import.meta.url), packed);
console.log(`${locales.length} locales, ${names.length} name tables, ${text.length} bytes, ${packed.length} packed`);
