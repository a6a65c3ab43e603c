package data

import (
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
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
