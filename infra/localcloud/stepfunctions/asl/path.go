package asl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Path is a compiled JSONPath. Paths that only name members and indexes are
// followed directly; all others are evaluated segment by segment.
type Path struct {
	text     string
	context  bool   // begins with $$: looks at the context object
	steps    []step // of a plain path
	segments []*spec.Segment
	definite bool // names at most one place
}

// step is one member name or index of a plain path.
type step struct {
	name  string
	index int
	list  bool
}

// ParsePath compiles a JSONPath that begins with $ (the input) or $$ (the context object).
func ParsePath(text string) (*Path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, fmt.Errorf("a path begins with $, not %q", text)
	}
	p := &Path{text: text, definite: true}
	if r, ok := strings.CutPrefix(rest, "$"); ok {
		p.context, rest = true, r
	}
	if p.steps, ok = plainSteps(rest); ok {
		return p, nil
	}
	p.steps = nil
	parsed, err := jsonpath.Parse("$" + quoteNames(rest))
	if err != nil {
		return nil, fmt.Errorf("%q is no JSONPath: %w", text, err)
	}
	p.segments = parsed.Query().Segments()
	p.definite = parsed.Query().Singular() != nil
	for _, s := range p.segments {
		if names := countNames(s); names > 1 {
			return nil, fmt.Errorf("%q: several names in one bracket are not supported", text)
		}
	}
	return p, nil
}

func countNames(s *spec.Segment) (n int) {
	for _, sel := range s.Selectors() {
		if _, ok := sel.(spec.Name); ok {
			n++
		}
	}
	return n
}

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// Plain reports whether the path only names members and indexes: a Reference Path.
func (p *Path) Plain() bool { return p.segments == nil }

// nameEnds are the characters at which an unquoted member name ends or is no name.
const nameEnds = ".[]()*?,'\"@ \t\r\n<>=!&|{}"

// plainSteps reads a path of member names and indexes, without its leading $.
func plainSteps(s string) ([]step, bool) {
	var steps []step
	for s != "" {
		var st step
		switch {
		case strings.HasPrefix(s, "['") || strings.HasPrefix(s, `["`):
			end := strings.IndexByte(s[2:], s[1])
			if end < 0 || !strings.HasPrefix(s[end+3:], "]") || strings.ContainsRune(s[2:end+2], '\\') {
				return nil, false
			}
			st.name, s = s[2:end+2], s[end+4:]
		case s[0] == '[':
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return nil, false
			}
			n, err := strconv.Atoi(s[1:end])
			if err != nil || s[1] == '+' {
				return nil, false
			}
			st.list, st.index, s = true, n, s[end+1:]
		case s[0] == '.':
			end := nameEnd(s[1:])
			if end == 0 {
				return nil, false
			}
			st.name, s = s[1:end+1], s[end+1:]
		default:
			return nil, false
		}
		steps = append(steps, st)
	}
	return steps, true
}

func nameEnd(s string) int {
	if i := strings.IndexAny(s, nameEnds); i >= 0 {
		return i
	}
	return len(s)
}

// quoteNames writes dotted names with other characters than RFC 9535 allows in
// brackets: the service takes $.list[*].first-name, the RFC does not.
func quoteNames(s string) string {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c == '\'' || c == '"' {
			end := i + 1
			for end < len(s) && s[end] != c {
				if s[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(s))
			b.WriteString(s[i:end])
			i = end
			continue
		}
		if c == '[' {
			depth++
		} else if c == ']' {
			depth--
		}
		if n := 0; c == '.' && depth == 0 && i+1 < len(s) && s[i+1] != '.' {
			if n = nameEnd(s[i+1:]); n > 0 && strings.ContainsAny(s[i+1:i+1+n], "-:/#$%^+~;`") {
				if i > 0 && s[i-1] == '.' { // a descendant: ..['name']
					b.WriteByte('.')
				}
				b.WriteString("['" + s[i+1:i+1+n] + "']")
				i += 1 + n
				continue
			}
		}
		b.WriteByte(c)
		i++
	}
	return b.String()
}

// Find returns what the path selects in root: the value of a definite path, the
// list of values of any other. It reports false if a definite path leads nowhere.
func (p *Path) Find(root any) (any, bool) {
	if p.segments == nil {
		return followSteps(root, p.steps)
	}
	found := p.selectAll(root)
	if !p.definite {
		return found, true
	}
	if len(found) == 0 {
		return nil, false
	}
	return found[0], true
}

func followSteps(v any, steps []step) (any, bool) {
	for i := range steps {
		st := &steps[i]
		if !st.list {
			o, ok := v.(*value.Object)
			if !ok {
				return nil, false
			}
			if v, ok = o.Get(st.name); !ok {
				return nil, false
			}
			continue
		}
		list, ok := v.([]any)
		n := st.index
		if n < 0 {
			n += len(list)
		}
		if !ok || n < 0 || n >= len(list) {
			return nil, false
		}
		v = list[n]
	}
	return v, true
}
