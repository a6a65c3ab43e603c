package moment

import (
	"regexp"
	"strings"
	"time"
)

// ParseJS reads what JavaScript's Date.parse reads: the ISO form of ECMAScript
// (dates alone are UTC), and the loose forms of V8 ("Jan 5, 2024 10:00 PM",
// "2024/01/05", "5 January 2024", "1/2/2024"), which are UTC here if they name no zone.
func ParseJS(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if upper := strings.ToUpper(s); jsISO.MatchString(upper) {
		return ParseISO(upper, time.UTC)
	}
	return parseLoose(s)
}

var (
	jsISO = regexp.MustCompile(`^(?:[+-]\d{6}|\d{4})(?:-\d\d(?:-\d\d)?)?(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$`)
	// looseToken is one piece of a loose date: a clock time, an offset, a number or a word.
	looseToken = regexp.MustCompile(`\([^)]*\)|\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?|[+-]\d{1,2}:?\d{2}|\d+|[A-Za-z]+|[^\sA-Za-z\d]`)
)

// loose collects the pieces of a loose date.
type loose struct {
	numbers []string
	month   int
	clock   []string
	offset  string
	pm, am  bool
}

func parseLoose(s string) (time.Time, bool) {
	var l loose
	for _, tok := range looseToken.FindAllString(s, -1) {
		if !l.take(tok) {
			return time.Time{}, false
		}
	}
	return l.time()
}

func (l *loose) take(tok string) bool {
	c := tok[0]
	switch {
	case c == '(' || c == ',' || c == '.':
		return true
	case strings.Contains(tok, ":") && c >= '0' && c <= '9':
		return l.takeClock(tok)
	case (c == '+' || c == '-') && len(tok) > 1 && l.clock != nil:
		l.offset = tok
		return true
	case (c == '+' || c == '-') && len(tok) > 1:
		l.numbers = append(l.numbers, strings.ReplaceAll(tok[1:], ":", ""))
		return true
	case c >= '0' && c <= '9':
		l.numbers = append(l.numbers, tok)
		return true
	case c == '-' || c == '/':
		return l.clock == nil
	}
	return l.takeWord(tok)
}

func (l *loose) takeClock(tok string) bool {
	if l.clock != nil {
		return false
	}
	parts := strings.Split(tok, ":")
	l.clock = []string{parts[0], parts[1], "", ""}
	if len(parts) > 2 {
		l.clock[2], l.clock[3], _ = strings.Cut(parts[2], ".")
	}
	return true
}

func (l *loose) takeWord(word string) bool {
	upper := strings.ToUpper(word)
	switch {
	case upper == "AM" || upper == "PM":
		l.am, l.pm = upper == "AM", upper == "PM"
	case zoneNames[upper] != "":
		l.offset = zoneNames[upper]
	case monthOf(word) > 0:
		l.month = monthOf(word)
	case len(word) >= 3 && weekday(word):
	default:
		return len(l.numbers) == 0 && l.month == 0 // V8 skips unknown words before the first number
	}
	return true
}

func weekday(word string) bool {
	i := strings.Index("sunmontuewedthufrisat", strings.ToLower(word[:3]))
	return i >= 0 && i%3 == 0
}

func (l *loose) time() (time.Time, bool) {
	year, month, day, ok := l.date()
	if !ok {
		return time.Time{}, false
	}
	clock := l.clock
	if clock == nil {
		clock = []string{"0", "0", "", ""}
	}
	h := atoi(clock[0])
	if l.am || l.pm {
		if h < 1 || h > 12 {
			return time.Time{}, false
		}
		if h %= 12; l.pm {
			h += 12
		}
	}
	t, ok := build(date{year, month, 1}, []string{"0", clock[1], clock[2], clock[3]}, l.offset, time.UTC)
	if !ok || h > 24 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	return t.AddDate(0, 0, day-1).Add(time.Duration(h) * time.Hour).UTC(), true
}

// date makes sense of the numbers: with a named month a day and a year, else
// month/day/year, or year first if it has more than two digits.
func (l *loose) date() (year, month, day int, ok bool) {
	n := l.numbers
	if l.month > 0 {
		switch len(n) {
		case 1:
			if len(n[0]) > 2 {
				return atoi(n[0]), l.month, 1, true
			}
			return 2001, l.month, atoi(n[0]), true
		case 2:
			if len(n[0]) > 2 || atoi(n[0]) > 31 {
				return atoi(n[0]), l.month, atoi(n[1]), true
			}
			return century(n[1]), l.month, atoi(n[0]), true
		}
		return 0, 0, 0, false
	}
	switch {
	case len(n) == 3 && len(n[0]) > 2:
		return atoi(n[0]), atoi(n[1]), atoi(n[2]), true
	case len(n) == 3:
		return century(n[2]), atoi(n[0]), atoi(n[1]), true
	case len(n) == 2 && len(n[0]) > 2:
		return atoi(n[0]), atoi(n[1]), 1, true
	case len(n) == 2:
		return 2001, atoi(n[0]), atoi(n[1]), true
	case len(n) == 1 && len(n[0]) > 2 && len(n[0]) < 7:
		return atoi(n[0]), 1, 1, true
	case len(n) == 1 && atoi(n[0]) >= 1 && atoi(n[0]) <= 12:
		return 2001, atoi(n[0]), 1, true
	case len(n) == 1 && len(n[0]) <= 2 && (atoi(n[0]) == 0 || atoi(n[0]) > 31):
		return century(n[0]), 1, 1, true
	}
	return 0, 0, 0, false
}

// century reads a year; two digits are of 1950 to 2049.
func century(s string) int {
	n := atoi(s)
	if len(s) <= 2 {
		if n < 50 {
			return 2000 + n
		}
		return 1900 + n
	}
	return n
}
