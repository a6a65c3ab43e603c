package moment

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	for text, want := range map[string]string{
		"2024-01-05":                     "2024-01-05T00:00:00+01:00",
		"2024-01-05T10:20:30Z":           "2024-01-05T10:20:30Z",
		"2024-01-05T10:20:30.123+02:00":  "2024-01-05T10:20:30.123+02:00",
		"2024-W05-2":                     "2024-01-30T00:00:00+01:00",
		"2024-060":                       "2024-02-29T00:00:00+01:00",
		"20240105T102030":                "2024-01-05T10:20:30+01:00",
		"2024-01-05 10:20:30":            "2024-01-05T10:20:30+01:00",
		"Fri, 05 Jan 2024 10:20:30 GMT":  "2024-01-05T10:20:30Z",
		"Fri, 5 Jan 2024 10:20:30 -0500": "2024-01-05T10:20:30-05:00",
		"Jan 5, 2024 10:00 PM":           "2024-01-05T23:00:00+01:00",
		"5 January 2024":                 "2024-01-05T01:00:00+01:00",
		"2024/01/05":                     "2024-01-05T01:00:00+01:00",
		"1/2/2024":                       "2024-01-02T01:00:00+01:00",
		"2024-02-29":                     "2024-02-29T00:00:00+01:00",
		" 2024-01-05 ":                   "2024-01-05T00:00:00+01:00",
	} {
		got, ok := Parse(text, berlin)
		if !ok || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q gives %v %v, want %s", text, got.Format(time.RFC3339Nano), ok, want)
		}
	}
	for _, text := range []string{"", "abc", "2024-13-01", "2023-02-29", "2024-01-05T25:00", "2024-01-05T", "1704448800000", "12:00", "Smarch 5, 2024", "2024-W54-1", "2024-367"} {
		if got, ok := Parse(text, berlin); ok {
			t.Errorf("%q gives %v", text, got)
		}
	}
}

func TestISORoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "ms")).In(time.FixedZone("", rapid.IntRange(-14, 14).Draw(t, "zone")*3600))
		got, ok := ParseISO(ISO(at), time.UTC)
		if !ok || !got.Equal(at) {
			t.Fatalf("%s gives %v", ISO(at), got)
		}
		if got, ok = ParseJS(JS(at)); !ok || !got.Equal(at) {
			t.Fatalf("%s gives %v", JS(at), got)
		}
	})
}

func TestFormat(t *testing.T) {
	at := time.Date(2024, 3, 1, 15, 4, 5, 678e6, time.FixedZone("", 3600))
	for layout, want := range map[string]string{
		"YYYY-MM-DD HH:mm:ss": "2024-03-01 15:04:05", "dddd, MMMM Do YYYY, h:mm:ss a": "Friday, March 1st 2024, 3:04:05 pm",
		"[at] LT": "at 3:04 PM", "DDD W E d": "61 9 5 5", "X x": "1709301845 1709301845678", "SSS SS": "678 67", "": "2024-03-01T15:04:05+01:00", "ZZ YY Q": "+0100 24 1", "k kk": "15 15",
	} {
		if got := Format(at, layout); got != want {
			t.Errorf("%q gives %q, want %q", layout, got, want)
		}
	}
}

func TestParseFormatReadsWhatFormatWrites(t *testing.T) {
	for _, layout := range []string{"YYYY-MM-DD HH:mm:ss", "D MMMM YYYY h:mm:ss A", "DD.MM.YYYY, HH:mm:ss Z", "X", "x", "[on] Do MMM YYYY HH:mm:ss", "LLLL ss"} {
		at := time.Date(2024, 11, 23, 20, 7, 9, 0, time.UTC)
		got, ok := ParseFormat(Format(at, layout), layout, time.UTC)
		if !ok || !got.Equal(at) {
			t.Errorf("%s: %q gives %v %v", layout, Format(at, layout), got, ok)
		}
	}
	for _, c := range [][2]string{{"2024-13-01", "YYYY-MM-DD"}, {"x", "YYYY"}, {"31.02.2024", "DD.MM.YYYY"}} {
		if got, ok := ParseFormat(c[0], c[1], time.UTC); ok {
			t.Errorf("%q gives %v", c[0], got)
		}
	}
}

func TestAddEndsMonthsOnTheirLastDay(t *testing.T) {
	at := time.Date(2024, 1, 31, 12, 0, 0, 0, time.UTC)
	for unit, want := range map[string]string{"months": "2024-02-29", "year": "2025-01-31", "quarters": "2024-04-30", "weeks": "2024-02-07", "days": "2024-02-01", "hours": "2024-01-31"} {
		got, ok := Add(at, 1, unit)
		if !ok || got.Format(time.DateOnly) != want {
			t.Errorf("%s gives %v", unit, got)
		}
	}
	if _, ok := Add(at, 1, "moons"); ok {
		t.Error("an unknown unit was accepted")
	}
}

func TestZone(t *testing.T) {
	for name, ok := range map[string]bool{"": true, "UTC": true, "Europe/Berlin": true, "UTC+5": true, "+05:30": true, "Mars/Base": false, "../etc/passwd": false} {
		if _, got := Zone(name); got != ok {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2024-01-05T10:20:30Z", "Jan 5, 2024", "1/2/2024 3:04 PM", "2024-W05-2"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { Parse(s, time.UTC) })
}
