package data

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// icalType is the media type of iCalendar files.
const icalType = "text/calendar"

// toICal makes a calendar of one event.
func toICal(ctx context.Context, c *node.Call, r *node.Reader) ([]workflow.Item, error) {
	text, err := eventFile(c, r)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return nil, err
	}
	name := r.String("additionalFields.fileName", "")
	if name == "" {
		name = "event.ics"
	}
	file, err := c.WriteFile(ctx, r.Item(), workflow.Binary{FileName: name, MimeType: icalType, Data: []byte(text)})
	out := derived(r.Item(), value.NewObject(0))
	out.Binary = map[string]workflow.Binary{r.String("binaryPropertyName", "data"): file}
	return []workflow.Item{out}, err
}

// calendar is a file that is being written.
type calendar struct{ b strings.Builder }

// line writes a content line, folded as RFC 5545, section 3.1, has it: no line has
// more than 75 bytes.
func (c *calendar) line(name, text string) {
	const most = 75
	rest, room := name+":"+text, most
	for len(rest) > room {
		end := room
		for end > 1 && !utf8.RuneStart(rest[end]) {
			end--
		}
		c.b.WriteString(rest[:end] + "\r\n ")
		rest, room = rest[end:], most-1
	}
	c.b.WriteString(rest + "\r\n")
}

// text writes a line with a text, unless it is empty.
func (c *calendar) text(name, text string) {
	if text != "" {
		c.line(name, icalEscape.Replace(text))
	}
}

// plain writes a line that is taken as it stands, without line breaks.
func (c *calendar) plain(name, text string) {
	if text != "" {
		c.line(name, oneLine(text))
	}
}

var icalEscape = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// oneLine keeps a value from beginning another line.
func oneLine(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", " ", "\n", " ").Replace(text))
}

// icalParam is a text as the value of a parameter (RFC 5545, section 3.2).
func icalParam(text string) string {
	text = strings.ReplaceAll(oneLine(text), `"`, "'")
	if strings.ContainsAny(text, ":;,") {
		return `"` + text + `"`
	}
	return text
}

func eventFile(c *node.Call, r *node.Reader) (string, error) {
	more := func(name string) string { return r.String("additionalFields."+name, "") }
	start, err := eventTime(r, "start")
	if err != nil {
		return "", err
	}
	end := start
	if r.String("end", "") != "" {
		if end, err = eventTime(r, "end"); err != nil {
			return "", err
		}
	}
	title, uid := r.String("title", ""), more("uid")
	if title == "" {
		title = "Untitled event"
	}
	if uid == "" {
		uid = c.Key(r.Item())
	}
	var f calendar
	for _, l := range []string{"BEGIN:VCALENDAR", "VERSION:2.0", "CALSCALE:GREGORIAN", "PRODID:-//AutomateLanka//iCal//EN", "METHOD:PUBLISH"} {
		f.b.WriteString(l + "\r\n")
	}
	f.text("X-WR-CALNAME", more("calName"))
	f.line("BEGIN", "VEVENT")
	f.plain("UID", uid)
	f.text("SUMMARY", title)
	f.line("DTSTAMP", c.Run.Now.UTC().Format(icalUTC))
	if r.Bool("allDay", false) {
		f.line("DTSTART;VALUE=DATE", start.Format("20060102"))
		f.line("DTEND;VALUE=DATE", end.AddDate(0, 0, 1).Format("20060102"))
	} else {
		f.line("DTSTART", start.Format(icalUTC))
		f.line("DTEND", end.Format(icalUTC))
	}
	f.plain("SEQUENCE", more("sequence"))
	f.text("DESCRIPTION", more("description"))
	f.plain("URL", more("url"))
	if geo := r.Object("additionalFields.geolocationUi.geolocationValues"); geo.Len() > 0 {
		f.plain("GEO", node.Get(geo, "lat", "")+";"+node.Get(geo, "lon", ""))
	}
	f.text("LOCATION", more("location"))
	f.plain("STATUS", more("status"))
	f.people(r)
	f.plain("X-MICROSOFT-CDO-BUSYSTATUS", more("busyStatus"))
	f.plain("RRULE", more("recurrenceRule"))
	f.line("END", "VEVENT")
	f.line("END", "VCALENDAR")
	return f.b.String(), nil
}

// icalUTC is the form of times in UTC.
const icalUTC = "20060102T150405Z"

func (c *calendar) people(r *node.Reader) {
	if o := r.Object("additionalFields.organizerUi.organizerValues"); o.Len() > 0 {
		name := "ORGANIZER"
		if cn := node.Get(o, "name", ""); cn != "" {
			name += ";CN=" + icalParam(cn)
		}
		c.line(name, "mailto:"+oneLine(node.Get(o, "email", "")))
	}
	for _, o := range r.Objects("additionalFields.attendeesUi.attendeeValues") {
		rsvp, _ := o.Get("rsvp")
		name := "ATTENDEE;RSVP=" + strings.ToUpper(node.Text(node.Truthy(rsvp)))
		if cn := node.Get(o, "name", ""); cn != "" {
			name += ";CN=" + icalParam(cn)
		}
		c.line(name, "mailto:"+oneLine(node.Get(o, "email", "")))
	}
}

func eventTime(r *node.Reader, name string) (time.Time, error) {
	text := r.String(name, "")
	at, ok := moment.Parse(text, time.UTC)
	if !ok {
		return at, node.Errorf("The %s of the event is no date: '%s'", name, text)
	}
	return at.UTC(), nil
}
