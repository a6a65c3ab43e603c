package connector

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/node"
)

// placeholder is {name.path@mode!|filter:argument}: a parameter, or a variable
// that begins with "$".
type placeholder struct {
	source  string
	keep    bool     // "!": also where it is empty
	slashes bool     // "+": slashes stay in paths
	steps   []string // name and path
	at      string   // "@mode" or "@name" of a resource locator
	filters []call
}

// call is a filter with its argument.
type call struct {
	name string
	f    filter
	arg  string
}

var placeholderForm = regexp.MustCompile(`^\{(\+?)([A-Za-z_$][\w$]*(?:\.[\w$-]+)*)(@mode|@name)?(!?)((?:\|[^{}|]+)*)\}`)

// nearPlaceholder is the beginning of what was meant as a placeholder. As a text it
// would go out as it stands.
var nearPlaceholder = regexp.MustCompile(`^\{\+?[A-Za-z_$][\w$]*(?:\.[\w$-]+)*(?:@\w+)?!?\|`)

// text is literal texts and placeholders in turn.
type text []part

// compileText compiles a text: an expression if it begins with "=", else one
// with placeholders; "{{" and "}}" stand for single braces.
func compileText(s string) (part, error) {
	if strings.HasPrefix(s, "=") {
		return expression(s), nil
	}
	var out text
	var plain strings.Builder
	for s != "" {
		at := strings.IndexAny(s, "{}")
		if at < 0 {
			break
		}
		plain.WriteString(s[:at])
		s = s[at:]
		if m := placeholderForm.FindStringSubmatch(s); m != nil && !strings.HasPrefix(s, "{{") {
			p, err := newPlaceholder(m)
			if err != nil {
				return nil, err
			}
			if plain.Len() > 0 {
				out = append(out, literal{plain.String()})
				plain.Reset()
			}
			out = append(out, p)
			s = s[len(m[0]):]
			continue
		}
		if broken := nearPlaceholder.FindString(s); broken != "" && !strings.HasPrefix(s, "{{") {
			return nil, fmt.Errorf("%s… is no placeholder: what filters are told has neither braces nor bars", broken)
		}
		plain.WriteByte(s[0])
		if len(s) > 1 && s[1] == s[0] {
			s = s[1:]
		}
		s = s[1:]
	}
	plain.WriteString(s)
	if len(out) == 0 {
		return literal{plain.String()}, nil
	}
	if plain.Len() > 0 {
		out = append(out, literal{plain.String()})
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func newPlaceholder(m []string) (*placeholder, error) {
	p := &placeholder{source: m[0], slashes: m[1] != "", steps: strings.Split(m[2], "."), at: m[3], keep: m[4] != ""}
	if m[5] == "" {
		return p, nil
	}
	for f := range strings.SplitSeq(m[5][1:], "|") {
		name, arg, _ := strings.Cut(f, ":")
		fn := filters[name]
		if fn == nil {
			return nil, fmt.Errorf("%s: there is no filter %q", m[0], name)
		}
		p.filters = append(p.filters, call{name, fn, arg})
	}
	return p, nil
}

// eval gives the value with its type; what is missing, null or "" is nothing.
func (p *placeholder) eval(s *scope) (any, bool, error) {
	v, err := s.lookup(p)
	if err != nil {
		return nil, false, err
	}
	for _, f := range p.filters {
		if v == nil && f.name != "default" {
			continue
		}
		if v, err = f.f(s, v, f.arg); err != nil {
			return nil, false, node.Errorf("%s: %s", p.steps[0], err)
		}
	}
	if p.keep {
		return v, true, nil
	}
	return v, v != nil && v != "", nil
}

func (p *placeholder) visit(f func(part)) { f(p) }

func (t text) eval(s *scope) (any, bool, error) {
	out, err := t.join(s, func(_ *placeholder, text string) (string, error) { return text, nil })
	return out, true, err
}

func (t text) join(s *scope, escape func(*placeholder, string) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range t {
		v, _, err := p.eval(s)
		if err != nil {
			return "", err
		}
		text := textOf(v)
		if p, ok := p.(*placeholder); ok {
			if text, err = escape(p, text); err != nil {
				return "", err
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func (t text) visit(f func(part)) {
	f(t)
	for _, p := range t {
		p.visit(f)
	}
}

// url fills in a URL or path: values are escaped, with "+" all but their slashes.
func (t *Template) url(s *scope) (string, error) { return urlOf(t.part, s) }

func urlOf(p part, s *scope) (string, error) {
	switch p := p.(type) {
	case text:
		return p.join(s, escaped)
	case *placeholder:
		return text{p}.join(s, escaped)
	case *choice:
		ok, err := p.test.holds(s)
		switch {
		case err != nil:
			return "", err
		case ok && p.yes != nil:
			return urlOf(p.yes, s)
		case !ok && p.no != nil:
			return urlOf(p.no, s)
		}
		return "", nil
	}
	v, _, err := p.eval(s)
	return textOf(v), err
}

// escaped is a value as part of a path. One that would lead to another place of
// the service is refused: the value may be data, and the credential goes along.
func escaped(p *placeholder, text string) (string, error) {
	steps := []string{text}
	if p.slashes {
		steps = strings.Split(text, "/")
	}
	for i, step := range steps {
		if step == "." || step == ".." {
			return "", node.Errorf("The value %q of %q cannot be part of an address.", clip(text), p.steps[len(p.steps)-1])
		}
		steps[i] = url.PathEscape(step)
	}
	return strings.Join(steps, "/"), nil
}

// expression is JavaScript of the file's author, "={{ … }}".
type expression string

func (e expression) eval(s *scope) (any, bool, error) { return s.evaluate(string(e)) }
func (e expression) visit(f func(part))               { f(e) }

// check refuses an expression that cannot be read.
func (e expression) check() error { return expr.Check(string(e)) }

func textOf(v any) string { return node.Text(v) }
