package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// iso is Luxon's toISO.
func (m moment) iso() string {
	text := m.local().Format("2006-01-02T15:04:05.000")
	if m.utc {
		return text + "Z"
	}
	return text + m.offsetText(":")
}

func (m moment) offsetText(sep string) string {
	minutes := m.offset / 60_000
	sign := "+"
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%s%02d%s%02d", sign, minutes/60, sep, minutes%60)
}

// format writes the date by Luxon's tokens, in English; false for tokens that are
// not known here.
func (m moment) format(layout string) (any, bool) {
	var out strings.Builder
	t := m.local()
	for i := 0; i < len(layout); {
		c := layout[i]
		if c == '\'' {
			end := strings.IndexByte(layout[i+1:], '\'')
			if end <= 0 {
				return nil, false
			}
			out.WriteString(layout[i+1 : i+1+end])
			i += end + 2
			continue
		}
		run := 1
		for i+run < len(layout) && layout[i+run] == c {
			run++
		}
		token := layout[i : i+run]
		i += run
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter {
			out.WriteString(token)
			continue
		}
		text, ok := m.token(t, token)
		if !ok {
			return nil, false
		}
		out.WriteString(text)
	}
	return out.String(), true
}

func (m moment) token(t time.Time, token string) (string, bool) {
	if layout, ok := dateTokens[token]; ok {
		return t.Format(layout), true
	}
	switch token {
	case "SSS":
		return fmt.Sprintf("%03d", t.Nanosecond()/1e6), true
	case "H":
		return strconv.Itoa(t.Hour()), true
	case "hh":
		return fmt.Sprintf("%02d", (t.Hour()+11)%12+1), true
	case "c", "E":
		return strconv.Itoa(isoWeekday(t)), true
	case "o":
		return strconv.Itoa(t.YearDay()), true
	case "q":
		return strconv.Itoa((int(t.Month()) + 2) / 3), true
	case "ZZ":
		return m.offsetText(":"), true
	case "ZZZ":
		return m.offsetText(""), true
	case "X":
		return strconv.FormatInt(floorDiv(m.ms, 1000), 10), true
	case "x":
		return strconv.FormatInt(m.ms, 10), true
	case "W", "WW":
		_, week := t.ISOWeek()
		return fmt.Sprintf("%0"+strconv.Itoa(len(token))+"d", week), true
	}
	return "", false
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// dateTokens are Luxon's tokens that time.Format knows by other names.
var dateTokens = map[string]string{
	"yyyy": "2006", "yy": "06", "LL": "01", "L": "1", "MM": "01", "M": "1", "LLL": "Jan", "MMM": "Jan", "LLLL": "January", "MMMM": "January",
	"dd": "02", "d": "2", "HH": "15", "h": "3", "mm": "04", "m": "4", "ss": "05", "s": "5", "a": "PM",
	"cccc": "Monday", "EEEE": "Monday", "ccc": "Mon", "EEE": "Mon",
}
