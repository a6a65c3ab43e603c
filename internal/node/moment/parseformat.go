package moment

import (
	"strings"
	"time"
)

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
