package convert

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/value"
)

// maxDepth bounds how deep hand-written JSON is nested.
const maxDepth = 200

// JSLiteral reads an object or list as JavaScript writes them: names without
// quotes, single quotes, trailing commas and comments are fine.
func JSLiteral(s string) (any, error) {
	p := lenient{s: s}
	return p.document()
}

// Repair reads JSON with the mistakes that people and language models make: what
// JSLiteral allows, text in Markdown fences, missing commas, quotes and closing
// brackets, line breaks inside strings, Python's True, False and None.
func Repair(s string) (any, error) {
	if v, err := value.Parse([]byte(s)); err == nil {
		return v, nil
	}
	p := lenient{s: unfence(s), repair: true}
	return p.document()
}

func unfence(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "```"); ok {
		rest = strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzJSON")
		s = strings.TrimSuffix(strings.TrimSpace(rest), "```")
	}
	return s
}

// lenient is a recursive descent parser that forgives.
type lenient struct {
	s      string
	i      int
	depth  int
	repair bool
}

func (p *lenient) document() (any, error) {
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(p.s) {
		if p.repair && p.i < len(p.s) && p.skipTrailer() {
			return v, nil
		}
		return nil, invalidJSON(p.i)
	}
	return v, nil
}

// skipTrailer accepts a final comma, semicolon or bracket too many.
func (p *lenient) skipTrailer() bool { return strings.Trim(p.s[p.i:], " \t\r\n,;}]") == "" }

// space skips blanks and comments.
func (p *lenient) space() {
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		rest := p.s[p.i:]
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == 0xa0 || r == 0xfeff:
			p.i += n
		case strings.HasPrefix(rest, "//"):
			p.i += lineEnd(rest)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				p.i = len(p.s)
				return
			}
			p.i += end + 2
		default:
			return
		}
	}
}

func lineEnd(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

func (p *lenient) peek() byte {
	p.space()
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *lenient) value() (any, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, invalidJSON(p.i)
	}
	defer func() { p.depth-- }()
	switch c := p.peek(); {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case quoteOf(p.s[min(p.i, len(p.s)):]) != "":
		return p.str()
	case c == 0:
		return nil, invalidJSON(p.i)
	default:
		return p.word()
	}
}

func (p *lenient) object() (any, error) {
	o := value.NewObject(4)
	p.i++
	for {
		switch c := p.peek(); {
		case c == '}':
			p.i++
			return o, nil
		case c == 0:
			return p.unclosed(o)
		case c == ',':
			p.i++
			continue
		case c == ']' && p.repair:
			return o, nil
		}
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if p.peek() == ':' {
			p.i++
		} else if !p.repair {
			return nil, invalidJSON(p.i)
		}
		v, err := p.member()
		if err != nil {
			return nil, err
		}
		o.Set(key, v)
		if c := p.peek(); c != ',' && c != '}' && c != 0 && !p.repair {
			return nil, invalidJSON(p.i)
		}
	}
}

// member reads a value; a missing one is null when repairing.
func (p *lenient) member() (any, error) {
	if c := p.peek(); p.repair && (c == ',' || c == '}' || c == 0) {
		return nil, nil
	}
	return p.value()
}

func (p *lenient) unclosed(v any) (any, error) {
	if p.repair {
		return v, nil
	}
	return nil, invalidJSON(p.i)
}

func (p *lenient) key() (string, error) {
	if quoteOf(p.s[p.i:]) != "" {
		v, err := p.str()
		s, _ := v.(string)
		return s, err
	}
	start := p.i
	for p.i < len(p.s) && !strings.ContainsRune(":,{}[]\"' \t\r\n", rune(p.s[p.i])) {
		p.i++
	}
	if p.i == start {
		return "", invalidJSON(p.i)
	}
	return p.s[start:p.i], nil
}

func (p *lenient) array() (any, error) {
	list := []any{}
	p.i++
	for {
		switch c := p.peek(); {
		case c == ']':
			p.i++
			return list, nil
		case c == 0:
			return p.unclosed(list)
		case c == ',':
			p.i++
			continue
		case c == '}' && p.repair:
			return list, nil
		}
		before := p.i
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if c := p.peek(); (c != ',' && c != ']' && c != 0 && !p.repair) || p.i == before {
			return nil, invalidJSON(p.i)
		}
	}
}

// word reads a number, a literal or (when repairing) text without quotes.
func (p *lenient) word() (any, error) {
	start, ends := p.i, ",:{}[]\r\n"
	if p.repair {
		ends = ",{}[]\r\n" // a time has colons
	}
	for p.i < len(p.s) && !strings.ContainsRune(ends, rune(p.s[p.i])) {
		p.i++
	}
	w := strings.TrimSpace(p.s[start:p.i])
	if v, ok := literals[w]; ok {
		return v, nil
	}
	if n, err := strconv.ParseFloat(w, 64); err == nil && strings.Trim(w, "0123456789+-.eE") == "" {
		return n, nil
	}
	if !p.repair || w == "" {
		return nil, invalidJSON(start)
	}
	return w, nil
}

var literals = map[string]any{
	"true": true, "false": false, "null": nil, "undefined": nil, "NaN": nil, "True": true, "False": false, "None": nil,
}

// quoteOf returns the quotation mark that s begins with, "" if none.
func quoteOf(s string) string {
	for _, q := range []string{`"`, "'", "`", "“", "”", "‘", "’", `\"`} {
		if strings.HasPrefix(s, q) {
			return q
		}
	}
	return ""
}
