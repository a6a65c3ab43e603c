package intl

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the function's image has no zone files
)

// Date is what Intl.DateTimeFormat is told. Fields have ECMAScript's values, ""
// for those not given.
type Date struct {
	Locale                      string
	Zone                        *time.Location
	Hour12                      *bool
	HourCycle                   string
	Weekday, Year, Month, Day   string
	Hour, Minute, Second        string
	FractionalSecondDigits      int
	TimeZoneName                string
	DateStyle, TimeStyle        string
	Era, DayPeriod, Calendar    string
	NumberingSystem, FormatName string
}

// Part is a piece of a formatted text with its type, as formatToParts gives it.
type Part struct{ Type, Value string }

// Text joins parts. As in browsers the narrow space of newer CLDR data becomes a
// plain one, because programs compare such texts.
func Text(parts []Part) string {
	var out strings.Builder
	for _, p := range parts {
		out.WriteString(strings.ReplaceAll(p.Value, "\u202f", " "))
	}
	return out.String()
}

var widths = map[string]byte{"": '-', "numeric": 'n', "2-digit": '2', "short": 's', "long": 'l', "narrow": 'w'}

// Check returns the error that formatting would give.
func (d Date) Check() error {
	_, err := d.Format(time.Unix(0, 0))
	return err
}

// Format writes t.
func (d Date) Format(t time.Time) ([]Part, error) {
	l, err := find(d.Locale)
	if err != nil {
		return nil, err
	}
	switch {
	case d.Era != "", d.DayPeriod != "":
		return nil, fmt.Errorf("the options era and dayPeriod are not supported")
	case d.Calendar != "" && d.Calendar != "gregory" && d.Calendar != "iso8601":
		return nil, fmt.Errorf("the calendar %q is not supported", d.Calendar)
	case d.NumberingSystem != "" && d.NumberingSystem != "latn":
		return nil, fmt.Errorf("the numbering system %q is not supported", d.NumberingSystem)
	}
	if d.Zone != nil {
		t = t.In(d.Zone)
	}
	pattern, err := d.pattern(l)
	if err != nil {
		return nil, err
	}
	return d.fill(l, pattern, t), nil
}

func (d Date) pattern(l *locale) (string, error) {
	if d.DateStyle != "" || d.TimeStyle != "" {
		return d.styled(l)
	}
	date := string([]byte{widths[d.Weekday], widths[d.Year], widths[d.Month], widths[d.Day]})
	clock := string([]byte{widths[d.Hour], widths[d.Minute], widths[d.Second]})
	hasDate, hasTime := date != "----", clock != "---"
	if clock == "---" && d.FractionalSecondDigits > 0 {
		return "", fmt.Errorf("fractionalSecondDigits needs second")
	}
	out, glue := "", l.zoneGlue()
	if hasDate {
		p, ok := l.Date[date]
		if !ok {
			return "", fmt.Errorf("this combination of date options is not supported")
		}
		out = p
	}
	if hasTime {
		p, ok := l.Time[d.cycle()+":"+clock]
		if !ok {
			p, ok = l.Time["d:"+clock]
		}
		if !ok {
			return "", fmt.Errorf("this combination of time options is not supported")
		}
		if hasDate {
			out += escaped(l.Join[date])
		}
		out, glue = out+p, " "
	}
	return d.withZone(out, glue), nil
}

// withZone adds the zone's name where it is asked for.
func (d Date) withZone(pattern, glue string) string {
	token := map[string]string{"": "", "short": "{z}", "shortOffset": "{zo}", "shortGeneric": "{z}", "long": "{zz}", "longOffset": "{zzo}", "longGeneric": "{zz}"}[d.TimeZoneName]
	switch {
	case token == "":
		return pattern
	case pattern == "":
		return token
	}
	return pattern + escaped(glue) + token
}

func (l *locale) zoneGlue() string {
	if len(l.ZoneGlue) == 0 {
		return ", "
	}
	return l.ZoneGlue[0]
}

func (d Date) styled(l *locale) (string, error) {
	date, ok1 := l.Style.Date[d.DateStyle]
	clock, ok2 := l.Style.Time[d.cycle()+":"+d.TimeStyle]
	if (!ok1 && d.DateStyle != "") || (!ok2 && d.TimeStyle != "") {
		return "", fmt.Errorf("the dateStyle or timeStyle is not one of full, long, medium and short")
	}
	switch {
	case d.TimeStyle == "":
		return date, nil
	case d.DateStyle == "":
		return clock, nil
	}
	return date + escaped(l.Style.Join[d.DateStyle+":"+d.TimeStyle]) + clock, nil
}

// cycle is the key of the hour cycle in the patterns.
func (d Date) cycle() string {
	switch {
	case d.Hour12 != nil && *d.Hour12:
		return "t"
	case d.Hour12 != nil:
		return "f"
	case d.HourCycle != "":
		return d.HourCycle
	}
	return "d"
}

func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, "{", `\{`, "}", `\}`).Replace(s)
}

// fill puts t's parts in the place of a pattern's tokens.
func (d Date) fill(l *locale, pattern string, t time.Time) []Part {
	var parts []Part
	literal := ""
	flush := func() {
		if literal != "" {
			parts = append(parts, Part{"literal", literal})
			literal = ""
		}
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '\\':
			i++
			literal += pattern[i : i+1]
		case '{':
			end := i + strings.IndexByte(pattern[i:], '}')
			flush()
			token := pattern[i+1 : end]
			parts = append(parts, d.part(l, token, t))
			if d.FractionalSecondDigits > 0 && token[0] == 's' {
				parts = append(parts, Part{"literal", l.Number.Decimal}, Part{"fractionalSecond", fraction(t, d.FractionalSecondDigits)})
			}
			i = end
		default:
			literal += pattern[i : i+1]
		}
	}
	flush()
	return parts
}

func fraction(t time.Time, digits int) string {
	return fmt.Sprintf("%09d", t.Nanosecond())[:min(digits, 3)]
}

// part is what one token stands for.
func (d Date) part(l *locale, token string, t time.Time) Part {
	pad := len(token) > 1
	switch token[0] {
	case 'd':
		return Part{"day", digits(t.Day(), pad)}
	case 'y':
		if pad {
			return Part{"year", digits(t.Year()%100, true)}
		}
		return Part{"year", strconv.Itoa(t.Year())}
	case 'M':
		if token == "M" || token == "MM" {
			return Part{"month", digits(int(t.Month()), pad)}
		}
		return Part{"month", named(token, int(t.Month())-1)}
	case 'E':
		return Part{"weekday", named(token, int(t.Weekday()))}
	case 'a':
		return Part{"dayPeriod", named(token, t.Hour()/12)}
	case 'm':
		return Part{"minute", digits(t.Minute(), pad)}
	case 's':
		return Part{"second", digits(t.Second(), pad)}
	case 'z':
		return Part{"timeZoneName", l.zoneName(t, token)}
	}
	return Part{"hour", digits(hour(token[0], t.Hour()), pad)}
}

// hour counts by the cycle: H 0–23, k 1–24, h 1–12, K 0–11.
func hour(cycle byte, h int) int {
	switch cycle {
	case 'k':
		return (h+23)%24 + 1
	case 'h':
		return (h+11)%12 + 1
	case 'K':
		return h % 12
	}
	return h
}

func named(token string, i int) string {
	n, err := strconv.Atoi(token[1:])
	if err != nil {
		return ""
	}
	return data().Names[n][i]
}

func digits(n int, pad bool) string {
	if pad {
		return fmt.Sprintf("%02d", n)
	}
	return strconv.Itoa(n)
}
