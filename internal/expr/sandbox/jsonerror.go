package sandbox

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// jsonProblem says what is wrong with a text that is no JSON, in the words of
// V8: authors know them, and workflows pass them on.
func jsonProblem(text string) string {
	s := &jsonScan{text: utf16.Encode([]rune(text))}
	switch text {
	case "undefined", "[object Object]":
		return fmt.Sprintf("%q is not valid JSON", text)
	}
	s.space()
	s.value()
	if s.problem == "" {
		if s.space(); s.at < len(s.text) {
			s.fail("Unexpected non-whitespace character after JSON")
		}
	}
	return s.problem
}

// jsonScan reads JSON until the first problem. Positions are UTF-16 units.
type jsonScan struct {
	text    []uint16
	at      int
	problem string
}

// peek is the next unit, 0 at the end.
func (s *jsonScan) peek() uint16 {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *jsonScan) space() {
	for s.at < len(s.text) && strings.ContainsRune(" \t\n\r", rune(s.text[s.at])) {
		s.at++
	}
}

// fail notes a problem at the present position.
func (s *jsonScan) fail(what string) bool {
	if s.problem == "" {
		s.problem = fmt.Sprintf("%s in JSON at position %d", what, s.at)
		if strings.HasSuffix(what, " after JSON") {
			s.problem = fmt.Sprintf("%s at position %d", what, s.at)
		}
	}
	return false
}

// unexpected notes a character that cannot stand where it is.
func (s *jsonScan) unexpected() bool {
	if s.problem != "" {
		return false
	}
	if s.at >= len(s.text) {
		s.problem = "Unexpected end of JSON input"
		return false
	}
	switch c := s.text[s.at]; {
	case c >= '0' && c <= '9' || c == '-':
		return s.fail("Unexpected number")
	case c == '"':
		return s.fail("Unexpected string")
	}
	// What is shown are ten characters around the place.
	const around = 10
	from, to := max(s.at-around, 0), min(s.at+around, len(s.text))
	before, behind := "...", "..."
	if from == 0 || len(s.text) <= 2*around {
		from, before = 0, ""
	}
	if to == len(s.text) || len(s.text) <= 2*around {
		to, behind = len(s.text), ""
	}
	shown := string(utf16.Decode(s.text[from:to]))
	s.problem = fmt.Sprintf("Unexpected token '%s', %s\"%s\"%s is not valid JSON", string(utf16.Decode(s.text[s.at:s.at+1])), before, shown, behind)
	return false
}

func (s *jsonScan) value() bool {
	switch c := s.peek(); {
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '"':
		return s.str()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.unexpected()
}

func (s *jsonScan) word(w string) bool {
	for _, c := range w {
		if s.peek() != uint16(c) {
			return s.unexpected()
		}
		s.at++
	}
	return true
}

func (s *jsonScan) array() bool {
	s.at++
	if s.space(); s.peek() == ']' {
		s.at++
		return true
	}
	for {
		if s.space(); !s.value() {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			s.at++
			return true
		default:
			return s.fail("Expected ',' or ']' after array element")
		}
	}
}

func (s *jsonScan) object() bool {
	s.at++
	s.space()
	if s.peek() == '}' {
		s.at++
		return true
	}
	for first := true; ; first = false {
		s.space()
		switch {
		case s.peek() != '"' && first:
			return s.fail("Expected property name or '}'")
		case s.peek() != '"':
			return s.fail("Expected double-quoted property name")
		case !s.str():
			return false
		}
		if s.space(); s.peek() != ':' {
			return s.fail("Expected ':' after property name")
		}
		s.at++
		if s.space(); !s.value() {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.at++
		case '}':
			s.at++
			return true
		default:
			return s.fail("Expected ',' or '}' after property value")
		}
	}
}

func (s *jsonScan) str() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return true
		case c < ' ':
			return s.fail("Bad control character in string literal")
		case c == '\\':
			s.at++
			if s.peek() == 'u' {
				for range 4 {
					if s.at++; !hexUnit(s.peek()) {
						return s.fail("Bad Unicode escape")
					}
				}
			} else if s.at < len(s.text) && !strings.ContainsRune(`"\/bfnrt`, rune(s.text[s.at])) {
				return s.fail("Bad escaped character")
			}
		}
	}
	return s.fail("Unterminated string")
}

func hexUnit(c uint16) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func (s *jsonScan) digits() bool {
	from := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > from
}

func (s *jsonScan) number() bool {
	if s.peek() == '-' {
		if s.at++; s.peek() < '0' || s.peek() > '9' {
			return s.fail("No number after minus sign")
		}
	}
	if s.peek() == '0' {
		if s.at++; s.peek() >= '0' && s.peek() <= '9' {
			return s.fail("Unexpected number")
		}
	} else {
		s.digits()
	}
	if s.peek() == '.' {
		if s.at++; !s.digits() {
			return s.fail("Unterminated fractional number")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		if s.at++; s.peek() == '+' || s.peek() == '-' {
			s.at++
		}
		if !s.digits() {
			return s.fail("Exponent part is missing a number")
		}
	}
	return true
}
