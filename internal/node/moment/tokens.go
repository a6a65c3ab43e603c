package moment

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tokens are Moment's format tokens, longest first.
var tokens = []string{
	"YYYY", "YY", "MMMM", "MMM", "MM", "Mo", "M", "DDDD", "DDD", "DD", "Do", "D", "dddd", "ddd", "dd", "d", "E", "e", "WW", "W", "GGGG", "Q",
	"HH", "H", "hh", "h", "kk", "k", "mm", "m", "ss", "s", "SSSSSSSSS", "SSSSSS", "SSS", "SS", "S", "A", "a", "ZZ", "Z", "zz", "z", "X", "x",
	"LLLL", "LLL", "LL", "LTS", "LT", "L",
}

// long are the tokens that stand for others.
var long = map[string]string{
	"LTS": "h:mm:ss A", "LT": "h:mm A", "L": "MM/DD/YYYY", "LL": "MMMM D, YYYY", "LLL": "MMMM D, YYYY h:mm A", "LLLL": "dddd, MMMM D, YYYY h:mm A",
}

// next takes one token off a layout; literal text in brackets and what is no
// token come back with token "".
func next(layout string) (token, literal, rest string) {
	if layout[0] == '[' {
		if end := strings.IndexByte(layout, ']'); end > 0 {
			return "", layout[1:end], layout[end+1:]
		}
	}
	for _, t := range tokens {
		if strings.HasPrefix(layout, t) {
			return t, "", layout[len(t):]
		}
	}
	return "", layout[:1], layout[1:]
}

// Format writes t by Moment's tokens. An empty layout is ISO 8601.
func Format(t time.Time, layout string) string {
	if layout == "" {
		layout = "YYYY-MM-DDTHH:mm:ssZ"
	}
	var b strings.Builder
	for layout != "" {
		var token, literal string
		token, literal, layout = next(layout)
		switch {
		case token == "":
			b.WriteString(literal)
		case long[token] != "":
			b.WriteString(Format(t, long[token]))
		default:
			b.WriteString(formatToken(t, token))
		}
	}
	return b.String()
}

// goForms are the tokens that Go's layouts have too.
var goForms = map[string]string{
	"YYYY": "2006", "YY": "06", "MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1", "DD": "02", "D": "2", "dddd": "Monday", "ddd": "Mon",
	"HH": "15", "hh": "03", "h": "3", "mm": "04", "m": "4", "ss": "05", "s": "5", "A": "PM", "a": "pm", "Z": "-07:00", "ZZ": "-0700", "z": "MST", "zz": "MST",
}

func formatToken(t time.Time, token string) string {
	if form, ok := goForms[token]; ok {
		return t.Format(form)
	}
	_, week := t.ISOWeek()
	weekYear, _ := t.ISOWeek()
	switch token {
	case "Mo":
		return ordinal(int(t.Month()))
	case "Do":
		return ordinal(t.Day())
	case "DDDD":
		return fmt.Sprintf("%03d", t.YearDay())
	case "DDD":
		return strconv.Itoa(t.YearDay())
	case "dd":
		return t.Weekday().String()[:2]
	case "d", "e":
		return strconv.Itoa(int(t.Weekday()))
	case "E":
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1)
	case "W":
		return strconv.Itoa(week)
	case "WW":
		return fmt.Sprintf("%02d", week)
	case "GGGG":
		return strconv.Itoa(weekYear)
	case "Q":
		return strconv.Itoa((int(t.Month())-1)/3 + 1)
	case "H":
		return strconv.Itoa(t.Hour())
	case "k", "kk":
		return fmt.Sprintf("%0*d", len(token), (t.Hour()+23)%24+1)
	case "X":
		return strconv.FormatInt(t.Unix(), 10)
	case "x":
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return fmt.Sprintf("%09d", t.Nanosecond())[:len(token)] // S, SS, …
}

func ordinal(n int) string {
	suffix := "th"
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// Add shifts t by n units (years to milliseconds, also in the singular); months
// end on their last day at the latest.
func Add(t time.Time, n float64, unit string) (time.Time, bool) {
	switch strings.TrimSuffix(unit, "s") {
	case "year":
		return addMonths(t, int(n)*12), true
	case "quarter":
		return addMonths(t, int(n)*3), true
	case "month":
		return addMonths(t, int(n)), true
	case "week":
		return t.AddDate(0, 0, 7*int(n)), true
	case "day":
		return t.AddDate(0, 0, int(n)), true
	case "hour":
		return t.Add(time.Duration(n * float64(time.Hour))), true
	case "minute":
		return t.Add(time.Duration(n * float64(time.Minute))), true
	case "second":
		return t.Add(time.Duration(n * float64(time.Second))), true
	case "millisecond":
		return t.Add(time.Duration(n * float64(time.Millisecond))), true
	}
	return t, false
}

func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	return first.AddDate(0, 0, min(t.Day(), daysIn(first.Year(), int(first.Month())))-1)
}
