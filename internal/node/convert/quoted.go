package convert

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// closing are the quotation marks that end text opened by another.
var closing = map[string]string{"“": "”", "‘": "’"}

// str reads quoted text. When repairing, a quote counts as the end only where a
// value can end, so that quotes inside text survive.
func (p *lenient) str() (any, error) {
	open := quoteOf(p.s[p.i:])
	end := open
	if c := closing[open]; c != "" {
		end = c
	}
	p.i += len(open)
	var b strings.Builder
	for p.i < len(p.s) {
		rest := p.s[p.i:]
		switch {
		case strings.HasPrefix(rest, end) && (!p.repair || p.endsHere(len(end))):
			p.i += len(end)
			return b.String(), nil
		case rest[0] == '\\':
			if err := p.escape(&b); err != nil {
				return nil, err
			}
		case rest[0] == '\n' && !p.repair:
			return nil, invalidJSON(p.i)
		default:
			r, n := utf8.DecodeRuneInString(rest)
			b.WriteRune(r)
			p.i += n
		}
	}
	return p.unclosed(b.String())
}

// endsHere reports whether a comma, colon, bracket or the end follows the quote.
func (p *lenient) endsHere(n int) bool {
	q := *p
	q.i += n
	c := q.peek()
	return c == 0 || strings.IndexByte(",:}]", c) >= 0 || (quoteOf(q.s[q.i:]) != "" && strings.ContainsAny(p.s[p.i+n:q.i], "\n"))
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v', '0': 0}

func (p *lenient) escape(b *strings.Builder) error {
	if p.i+1 >= len(p.s) {
		p.i++
		return nil
	}
	c := p.s[p.i+1]
	p.i += 2
	if c == 'u' {
		r, ok := p.hex()
		if !ok {
			return invalidJSON(p.i)
		}
		if utf16.IsSurrogate(r) && strings.HasPrefix(p.s[p.i:], `\u`) {
			p.i += 2
			low, _ := p.hex()
			r = utf16.DecodeRune(r, low)
		}
		b.WriteRune(r)
		return nil
	}
	if e, ok := escapes[c]; ok {
		c = e
	}
	b.WriteByte(c)
	return nil
}

func (p *lenient) hex() (rune, bool) {
	if p.i+4 > len(p.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.s[p.i:p.i+4], 16, 32)
	p.i += 4
	return rune(n), err == nil
}
