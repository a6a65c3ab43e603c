package data

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/value"
)

// testdata/calendar.json is what ts-ics 1.2.2 read from calendar.ics, with which n8n
// reads calendars.
func TestCalendarsAreReadAsN8nReadsThem(t *testing.T) {
	content, err := os.ReadFile("testdata/calendar.ics")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/calendar.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := value.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	o := run(t, "extractFromFile", 1.1, `{"operation":"fromIcs","destinationKey":"cal"}`, inItem(content, "c.ics"))
	if o.Run.Error != nil {
		t.Fatal(o.Run.Error)
	}
	got, _ := o.Run.Outputs[0][0].JSON.Get("cal")
	if d := cmp.Diff(lines(want), lines(got)); d != "" {
		t.Errorf("(-ts-ics)\n%s", d)
	}
	o = run(t, "extractFromFile", 1, `{"operation":"fromIcs"}`, inItem([]byte("no calendar"), "c.ics"))
	if o.Run.Error == nil || !strings.Contains(o.Run.Error.Message, "not in iCal format") {
		t.Errorf("%+v", o.Run.Error)
	}
}

// lines is a value as JSON with one member a line.
func lines(v any) []string {
	return strings.Split(strings.NewReplacer(",", ",\n", "{", "{\n").Replace(string(value.JSON(v))), "\n")
}

func TestAnEventIsMade(t *testing.T) {
	const long = "A description that is long enough to be folded, because no line may have more than 75 bytes; ünd mehr"
	o := run(t, "convertToFile", 1.1, `{"operation":"iCal","title":"Meet, greet","start":"2024-03-05T10:00:00+01:00","end":"2024-03-05T11:00:00+01:00","binaryPropertyName":"e",
		"additionalFields":{"uid":"u1","description":"`+long+`\nb","location":"Here","url":"http://x\nX-EVIL:1","geolocationUi":{"geolocationValues":{"lat":1.5,"lon":2.5}},"status":"CONFIRMED","busyStatus":"BUSY",
		"organizerUi":{"organizerValues":{"name":"Ann: A","email":"ann@x.com"}},"attendeesUi":{"attendeeValues":[{"name":"Bob","email":"bob@x.com","rsvp":true}]},"recurrenceRule":"FREQ=DAILY","sequence":2,"calName":"Cal"}}`, `[{"json":{}}]`)
	if o.Run.Error != nil {
		t.Fatal(o.Run.Error)
	}
	f := o.Run.Outputs[0][0].Binary["e"]
	if f.MimeType != icalType || f.FileName != "event.ics" {
		t.Errorf("the file is %s, %s", f.MimeType, f.FileName)
	}
	text := string(f.Data)
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "X-WR-CALNAME:Cal\r\nBEGIN:VEVENT\r\nUID:u1\r\nSUMMARY:Meet\\, greet\r\n", "DTSTART:20240305T090000Z\r\nDTEND:20240305T100000Z\r\nSEQUENCE:2\r\n",
		"URL:http://x X-EVIL:1\r\nGEO:1.5;2.5\r\nLOCATION:Here\r\nSTATUS:CONFIRMED\r\nORGANIZER;CN=\"Ann: A\":mailto:ann@x.com\r\nATTENDEE;RSVP=TRUE;CN=Bob:mailto:bob@x.com\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	if back, err := icalObject(text); err != nil || !strings.Contains(string(value.JSON(back)), "because no line may have more than 75 bytes") {
		t.Errorf("it is not read back: %v", err)
	}
	o = run(t, "convertToFile", 1.1, `{"operation":"iCal","title":"","start":"2024-03-05","allDay":true}`, `[{"json":{}}]`)
	if got := string(o.Run.Outputs[0][0].Binary["data"].Data); !strings.Contains(got, "DTSTART;VALUE=DATE:20240305\r\nDTEND;VALUE=DATE:20240306\r\n") || !strings.Contains(got, "SUMMARY:Untitled event") {
		t.Errorf("a day: %s", got)
	}
	o = run(t, "convertToFile", 1.1, `{"operation":"iCal","start":"soon"}`, `[{"json":{}}]`)
	if o.Run.Error == nil || !strings.Contains(o.Run.Error.Message, "The start of the event is no date") {
		t.Errorf("%+v", o.Run.Error)
	}
}
