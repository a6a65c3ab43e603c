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

// icalLine is one content line: NAME;PARAM=VALUE:TEXT (RFC 5545, section 3.1).
type icalLine struct {
	name   string
	params map[string]string
	text   string
}

// icalPart is a component with those inside of it.
type icalPart struct {
	name  string
	lines []icalLine
	parts []*icalPart
}

// maxICalDepth bounds how deep components may lie in each other.
const maxICalDepth = 10

var foldedLine = regexp.MustCompile(`\r?\n[ \t]`)

// icalObject reads a calendar into the form that n8n gives: its texts stay escaped.
func icalObject(text string) (*value.Object, error) {
	root := &icalPart{}
	open := []*icalPart{root}
	for raw := range strings.SplitSeq(foldedLine.ReplaceAllString(text, ""), "\n") {
		l, ok := parseICalLine(strings.TrimRight(raw, "\r"))
		if !ok {
			continue
		}
		top := open[len(open)-1]
		switch {
		case l.name == "BEGIN" && len(open) > maxICalDepth:
			return nil, node.Errorf("The calendar has components that are more than %d deep.", maxICalDepth)
		case l.name == "BEGIN":
			p := &icalPart{name: strings.ToUpper(l.text)}
			top.parts, open = append(top.parts, p), append(open, p)
		case l.name == "END" && len(open) > 1:
			open = open[:len(open)-1]
		default:
			top.lines = append(top.lines, l)
		}
	}
	if len(root.parts) == 0 || root.parts[0].name != "VCALENDAR" {
		return nil, node.WithDetail(node.Errorf("The file selected in 'Input Binary Field' is not in iCal format"), "An iCal file begins with BEGIN:VCALENDAR.")
	}
	return calendarOf(root.parts[0]), nil
}

func parseICalLine(raw string) (icalLine, bool) {
	quoted, colon := false, -1
	for i := 0; i < len(raw) && colon < 0; i++ {
		switch raw[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				colon = i
			}
		}
	}
	if colon < 0 {
		return icalLine{}, false
	}
	l := icalLine{params: map[string]string{}, text: raw[colon+1:]}
	for i, part := range strings.Split(raw[:colon], ";") {
		if i == 0 {
			l.name = strings.ToUpper(part)
			continue
		}
		name, v, _ := strings.Cut(part, "=")
		l.params[strings.ToUpper(name)] = strings.Trim(v, `"`)
	}
	return l, true
}

func calendarOf(p *icalPart) *value.Object {
	o := value.NewObject(6)
	for _, l := range p.lines {
		switch l.name {
		case "VERSION":
			o.Set("version", l.text)
		case "PRODID":
			o.Set("prodId", l.text)
		case "METHOD":
			o.Set("method", l.text)
		}
	}
	zones := map[string]*icalPart{}
	var timezones, events []any
	for _, part := range p.parts {
		if part.name == "VTIMEZONE" {
			zones[part.first("TZID")] = part
			timezones = append(timezones, timezoneOf(part))
		}
	}
	for _, part := range p.parts {
		if part.name == "VEVENT" {
			events = append(events, eventOf(part, zones))
		}
	}
	if timezones != nil {
		o.Set("timezones", timezones)
	}
	if events != nil {
		o.Set("events", events)
	}
	return o
}

func (p *icalPart) first(name string) string {
	for _, l := range p.lines {
		if l.name == name {
			return l.text
		}
	}
	return ""
}

// icalTexts are the properties of an event that stay text.
var icalTexts = map[string]string{
	"UID": "uid", "SUMMARY": "summary", "DESCRIPTION": "description", "LOCATION": "location", "STATUS": "status", "CLASS": "class",
	"TRANSP": "timeTransparent", "PRIORITY": "priority", "URL": "url", "GEO": "geo", "COMMENT": "comment", "RECURRENCE-ID": "recurrenceId",
}

var icalTimes = map[string]string{
	"DTSTAMP": "stamp", "DTSTART": "start", "DTEND": "end", "CREATED": "created", "LAST-MODIFIED": "lastModified",
}

func eventOf(p *icalPart, zones map[string]*icalPart) *value.Object {
	o := value.NewObject(len(p.lines))
	var attendees, alarms []any
	for _, l := range p.lines {
		if name := icalTexts[l.name]; name != "" {
			o.Set(name, l.text)
			continue
		}
		if name := icalTimes[l.name]; name != "" {
			if at := icalTime(l, zones); at != nil {
				o.Set(name, at)
			}
			continue
		}
		switch l.name {
		case "DURATION":
			o.Set("duration", icalDuration(l.text))
		case "CATEGORIES":
			o.Set("categories", listOf(strings.Split(l.text, ",")))
		case "ORGANIZER":
			o.Set("organizer", person(l))
		case "ATTENDEE":
			attendees = append(attendees, attendee(l))
		case "RRULE":
			o.Set("recurrenceRule", ruleOf(l.text))
		}
	}
	for _, part := range p.parts {
		if part.name == "VALARM" {
			alarms = append(alarms, alarmOf(part))
		}
	}
	for _, l := range []struct {
		name string
		list []any
	}{{"alarms", alarms}, {"attendees", attendees}} {
		if l.list != nil {
			o.Set(l.name, l.list)
		}
	}
	return o
}

func listOf(texts []string) []any {
	out := make([]any, len(texts))
	for i, s := range texts {
		out[i] = s
	}
	return out
}

func person(l icalLine) *value.Object {
	o := value.NewObject(4)
	if cn := l.params["CN"]; cn != "" {
		o.Set("name", cn)
	}
	o.Set("email", mailOf(l.text))
	return o
}

func mailOf(text string) string {
	if len(text) > 7 && strings.EqualFold(text[:7], "mailto:") {
		return text[7:]
	}
	return text
}

func attendee(l icalLine) *value.Object {
	o := value.Obj("email", mailOf(l.text))
	for _, p := range []struct{ param, name string }{{"CN", "name"}, {"PARTSTAT", "partstat"}, {"ROLE", "role"}, {"MEMBER", "member"}} {
		if v := l.params[p.param]; v != "" {
			o.Set(p.name, v)
		}
	}
	return o
}

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
