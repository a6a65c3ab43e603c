package data

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// icalTime reads a time: in UTC, in a zone, which is named beside it, or a date.
func icalTime(l icalLine, zones map[string]*icalPart) *value.Object {
	if l.params["VALUE"] == "DATE" || len(l.text) == len("20240305") {
		at, err := time.Parse("20060102", l.text)
		if err != nil {
			return nil
		}
		return value.Obj("date", moment.JS(at), "type", "DATE")
	}
	at, err := time.Parse("20060102T150405", strings.TrimSuffix(l.text, "Z"))
	if err != nil {
		return nil
	}
	name := l.params["TZID"]
	if name == "" || strings.HasSuffix(l.text, "Z") {
		return value.Obj("date", moment.JS(at), "type", "DATE-TIME")
	}
	offset, known := zoneOffset(name, zones[name], at)
	o := value.Obj("date", moment.JS(at.Add(-offset)), "type", "DATE-TIME")
	if known {
		o.Set("local", value.Obj("date", moment.JS(at), "timezone", name, "tzoffset", offsetText(offset)))
	}
	return o
}

// zoneOffset is how far a zone is from UTC at a local time: as the zone of that name
// is, or as the calendar's own description begins.
func zoneOffset(name string, described *icalPart, local time.Time) (time.Duration, bool) {
	if zone, ok := moment.Zone(name); ok {
		at := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, zone)
		_, seconds := at.Zone()
		return time.Duration(seconds) * time.Second, true
	}
	if described == nil || len(described.parts) == 0 {
		return 0, false
	}
	text := described.parts[0].first("TZOFFSETTO")
	at, err := time.Parse("-0700", text)
	if err != nil {
		return 0, false
	}
	_, seconds := at.Zone()
	return time.Duration(seconds) * time.Second, true
}

func offsetText(d time.Duration) string {
	return time.Unix(0, 0).In(time.FixedZone("", int(d.Seconds()))).Format("-0700")
}

func timezoneOf(p *icalPart) *value.Object {
	var props []any
	for _, part := range p.parts {
		o := value.Obj("type", part.name)
		for _, l := range part.lines {
			switch l.name {
			case "DTSTART":
				if at := icalTime(icalLine{text: l.text}, nil); at != nil {
					date, _ := at.Get("date")
					o.Set("start", date)
				}
			case "TZOFFSETFROM":
				o.Set("offsetFrom", l.text)
			case "TZOFFSETTO":
				o.Set("offsetTo", l.text)
			case "TZNAME":
				o.Set("name", l.text)
			case "RRULE":
				o.Set("recurrenceRule", ruleOf(l.text))
			}
		}
		props = append(props, o)
	}
	return value.Obj("props", props, "id", p.first("TZID"))
}

// icalDuration reads P1DT2H3M4S.
func icalDuration(text string) *value.Object {
	o := value.NewObject(4)
	if strings.HasPrefix(text, "-") {
		o.Set("before", true)
	}
	units := map[byte]string{'W': "weeks", 'D': "days", 'H': "hours", 'M': "minutes", 'S': "seconds"}
	digits := ""
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits += string(c)
		case units[c] != "":
			n, err := strconv.Atoi(digits)
			if err == nil {
				o.Set(units[c], float64(n))
			}
			digits = ""
		}
	}
	return o
}

func alarmOf(p *icalPart) *value.Object {
	o := value.NewObject(4)
	for _, l := range p.lines {
		switch l.name {
		case "ACTION":
			o.Set("action", l.text)
		case "DESCRIPTION":
			o.Set("description", l.text)
		case "SUMMARY":
			o.Set("summary", l.text)
		case "REPEAT":
			o.Set("repeat", node.ToNumber(l.text))
		case "DURATION":
			o.Set("duration", icalDuration(l.text))
		case "TRIGGER":
			if at := icalTime(l, nil); at != nil {
				o.Set("trigger", value.Obj("type", "absolute", "value", at))
				continue
			}
			options := value.NewObject(1)
			if related := l.params["RELATED"]; related != "" {
				options.Set("related", related)
			}
			o.Set("trigger", value.Obj("type", "relative", "value", icalDuration(l.text), "options", options))
		}
	}
	return o
}

var byDay = regexp.MustCompile(`^([+-]?\d+)?(MO|TU|WE|TH|FR|SA|SU)$`)

// ruleNumbers are the parts of a recurrence rule that list numbers; months are
// counted from 0, as n8n gives them.
var ruleNumbers = map[string]string{
	"BYMONTH": "byMonth", "BYMONTHDAY": "byMonthday", "BYYEARDAY": "byYearday", "BYWEEKNO": "byWeekNo", "BYHOUR": "byHour",
	"BYMINUTE": "byMinute", "BYSECOND": "bySecond", "BYSETPOS": "bySetPos",
}

func ruleOf(text string) *value.Object {
	o := value.NewObject(4)
	for part := range strings.SplitSeq(text, ";") {
		name, v, _ := strings.Cut(part, "=")
		switch name = strings.ToUpper(name); name {
		case "FREQ":
			o.Set("frequency", v)
		case "COUNT", "INTERVAL":
			o.Set(strings.ToLower(name), node.ToNumber(v))
		case "WKST":
			o.Set("workweekStart", v)
		case "UNTIL":
			if at := icalTime(icalLine{text: v}, nil); at != nil {
				o.Set("until", value.Obj("date", atDate(at), "type", "DATE-TIME"))
			}
		case "BYDAY":
			var days []any
			for d := range strings.SplitSeq(v, ",") {
				m := byDay.FindStringSubmatch(d)
				if m == nil {
					continue
				}
				day := value.Obj("day", m[2])
				if m[1] != "" {
					day.Set("occurence", node.ToNumber(m[1]))
				}
				days = append(days, day)
			}
			o.Set("byDay", days)
		default:
			if key := ruleNumbers[name]; key != "" {
				o.Set(key, numbersOf(v, name == "BYMONTH"))
			}
		}
	}
	return o
}

func atDate(o *value.Object) any {
	v, _ := o.Get("date")
	return v
}

func numbersOf(text string, months bool) []any {
	var out []any
	for s := range strings.SplitSeq(text, ",") {
		n := node.ToNumber(s)
		if months {
			n--
		}
		out = append(out, n)
	}
	return out
}
