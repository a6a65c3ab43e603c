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

// ParseFormat reads text by Moment's tokens; as in Moment, signs that are no
// tokens may differ.
func ParseFormat(text, layout string, zone *time.Location) (time.Time, bool) {
	p := parser{text: text, year: 1970, month: 1, day: 1, zone: zone}
	for layout != "" {
		var token, literal string
		token, literal, layout = next(layout)
		if form := long[token]; form != "" {
			layout = form + layout
			continue
		}
		if token == "" {
			p.skip(literal)
		} else if !p.take(token) {
			return time.Time{}, false
		}
	}
	return p.time()
}

// parser is the text under way with what was read.
type parser struct {
	text                                   string
	year, month, day, hour, min, sec, nano int
	pm, am                                 bool
	stamp                                  *time.Time
	zone                                   *time.Location
}

func (p *parser) skip(literal string) {
	if strings.HasPrefix(p.text, literal) {
		p.text = p.text[len(literal):]
	} else if p.text != "" && !isAlnum(p.text[0]) {
		p.text = p.text[1:]
	}
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// digits takes up to n digits.
func (p *parser) digits(n int) (int, bool) {
	i := 0
	for i < n && i < len(p.text) && p.text[i] >= '0' && p.text[i] <= '9' {
		i++
	}
	v := p.text[:i]
	p.text = p.text[i:]
	return atoi(v), i > 0
}

func (p *parser) word() string {
	i := 0
	for i < len(p.text) && isAlnum(p.text[i]) {
		i++
	}
	w := p.text[:i]
	p.text = p.text[i:]
	return w
}

func (p *parser) take(token string) (ok bool) {
	switch token {
	case "YYYY":
		p.year, ok = p.digits(4)
	case "YY":
		if p.year, ok = p.digits(2); p.year > 68 {
			p.year += 1900
		} else {
			p.year += 2000
		}
	case "MM", "M":
		p.month, ok = p.digits(2)
	case "MMMM", "MMM":
		p.month = monthOf(p.word())
		ok = p.month > 0
	case "DD", "D":
		p.day, ok = p.digits(2)
	case "Do":
		p.day, ok = p.digits(2)
		p.word()
	case "HH", "H", "hh", "h":
		p.hour, ok = p.digits(2)
	case "mm", "m":
		p.min, ok = p.digits(2)
	case "ss", "s":
		p.sec, ok = p.digits(2)
	case "A", "a":
		w := strings.ToLower(p.word())
		p.pm, p.am = w == "pm", w == "am"
		ok = p.pm || p.am
	case "dddd", "ddd", "dd":
		p.word()
		ok = true
	case "Z", "ZZ":
		ok = p.takeOffset()
	case "X", "x":
		ok = p.takeStamp(token)
	case "S", "SS", "SSS", "SSSSSS", "SSSSSSSSS":
		ok = p.takeFraction(len(token))
	}
	return ok
}

func (p *parser) takeFraction(n int) bool {
	before := p.text
	if _, ok := p.digits(n); !ok {
		return false
	}
	p.nano = atoi((before[:len(before)-len(p.text)] + "000000000")[:9])
	return true
}

func (p *parser) takeOffset() bool {
	n := 1
	for n < len(p.text) && (p.text[n] == ':' || p.text[n] >= '0' && p.text[n] <= '9') {
		n++
	}
	n = min(n, len(p.text))
	seconds, ok := offsetOf(p.text[:n])
	p.text = p.text[n:]
	p.zone = time.FixedZone("", seconds)
	return ok
}

func (p *parser) takeStamp(token string) bool {
	n, ok := p.digits(16)
	t := time.Unix(int64(n), 0)
	if token == "x" {
		t = time.UnixMilli(int64(n))
	}
	t = t.In(p.zone)
	p.stamp = &t
	return ok
}

func (p *parser) time() (time.Time, bool) {
	if p.stamp != nil {
		return *p.stamp, true
	}
	if p.pm && p.hour < 12 {
		p.hour += 12
	}
	if p.am && p.hour == 12 {
		p.hour = 0
	}
	if p.month < 1 || p.month > 12 || p.day < 1 || p.day > daysIn(p.year, p.month) || p.hour > 24 || p.min > 59 || p.sec > 59 {
		return time.Time{}, false
	}
	return time.Date(p.year, time.Month(p.month), p.day, p.hour, p.min, p.sec, p.nano, p.zone), true
}
