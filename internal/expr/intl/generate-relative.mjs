// Writes relative.json.gz: what Intl.RelativeTimeFormat of Node prints in the locales
// of locales.json.gz. Run it with Node 20 after generate.mjs: node generate-relative.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";

const locales = Object.keys(JSON.parse(gunzipSync(readFileSync("locales.json.gz"))).locales);
const units = ["year", "quarter", "month", "week", "day", "hour", "minute", "second"];
const list = []; // of different data
const of = {}; // by locale, its place in the list
for (const l of locales) {
  const rules = new Intl.PluralRules(l);
  const forms = ["zero", "one", "two", "few", "many", "other"];
  const whole = Array.from({ length: 200 }, (_, n) => forms.indexOf(rules.select(n)));
  const always = new Intl.RelativeTimeFormat(l, { numeric: "always" });
  const auto = new Intl.RelativeTimeFormat(l, { numeric: "auto" });
  const template = (n, unit) => {
    let text = "", number = false;
    for (const p of always.formatToParts(n, unit)) {
      if (p.type === "literal") text += p.value;
      else if (!number) { text += "{0}"; number = true; }
    }
    return text;
  };
  const entry = { whole: whole.join(""), part: forms.indexOf(rules.select(1.5)), units: {} };
  for (const unit of units) {
    const u = (entry.units[unit] = { next: {}, last: {}, words: {} });
    for (const form of new Set([...whole, entry.part])) {
      const n = whole.includes(form) ? whole.indexOf(form) : 1.5;
      u.next[form] = template(n, unit);
      u.last[form] = template(-n, unit);
    }
    for (const n of [-2, -1, 0, 1, 2]) if (auto.format(n, unit) !== always.format(n, unit)) u.words[n] = auto.format(n, unit);
  }
  const text = JSON.stringify(entry);
  let i = list.indexOf(text);
  if (i < 0) i = list.push(text) - 1;
  of[l] = i;
}
writeFileSync("relative.json.gz", gzipSync(JSON.stringify({ of, list: list.map(JSON.parse) }), { level: 9 }));
