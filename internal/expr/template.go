package expr

import (
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// template is a parameter's text, split into literal text and JavaScript.
type template struct {
	chunks []chunk
	sole   bool // one piece of JavaScript and nothing else: the value keeps its type
	// changes is set if some of the code may change the data it is shown; the rest
	// of the template then must see the change, and what is outside must not.
	changes bool
	err     error // why it can never be evaluated
}

// chunk is literal text, or code if that is not nil.
type chunk struct {
	text string
	code *code
}

// code is one piece of JavaScript. What evaluates it directly, if anything does,
// is made at once; the program only when that is not enough.
type code struct {
	source string
	fast   fastNode

	once sync.Once
	prog *program
	err  error
}

// What is kept of templates that have been seen: authors' text only, so
// that tenants may share it.
const (
	maxCached   = 8192
	maxCachable = 32 << 10 // bytes of one template
)

var templates = newTemplates()

func newTemplates() *lru.Cache[string, *template] {
	c, err := lru.New[string, *template](maxCached)
	if err != nil {
		panic(err) // only for a size below one
	}
	return c
}

// parsed returns the template of a parameter's text, without its "=".
func parsed(text string) *template {
	if t, ok := templates.Get(text); ok {
		return t
	}
	t := newTemplate(text)
	if len(text) <= maxCachable {
		templates.Add(strings.Clone(text), t)
	}
	return t
}

func newTemplate(text string) *template {
	chunks := split(text)
	t := &template{chunks: chunks, sole: len(chunks) == 2 && chunks[0].text == "" && chunks[1].code != nil}
	if namesConstructor(text) {
		t.err = failed(text, refusalf("it may not refer to a constructor"))
		return t
	}
	for _, c := range chunks {
		if c.code == nil {
			continue
		}
		if t.err = c.code.check(); t.err != nil {
			return t
		}
		t.changes = t.changes || c.code.fast == nil && c.code.prog.changes
	}
	if t.changes {
		for _, c := range t.chunks {
			if c.code != nil {
				c.code.fast = nil
			}
		}
	}
	return t
}

// namesConstructor looks for ".constructor" as n8n does, in literal text too.
func namesConstructor(text string) bool {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, ".")
		if !found {
			return false
		}
		rest = after
		if strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n\v\f"), "constructor") {
			return true
		}
	}
}

// split cuts a parameter's text at {{ and }}. The first chunk is always text,
// perhaps empty. A bracket behind an odd number of backslashes is literal. A {{
// that is not closed holds code up to the end.
func split(text string) []chunk {
	var out []chunk
	var buf strings.Builder
	inside := false
	for text != "" {
		mark := "{{"
		if inside {
			mark = "}}"
		}
		at := strings.Index(text, mark)
		switch {
		case at < 0:
			buf.WriteString(text)
			return append(out, finished(buf.String(), inside, false))
		case escaped(text[:at]):
			buf.WriteString(text[:at+2])
		default:
			buf.WriteString(text[:at])
			out = append(out, finished(buf.String(), inside, true))
			buf.Reset()
			inside = !inside
		}
		text = text[at+2:]
	}
	if buf.Len() > 0 || len(out) == 0 {
		out = append(out, finished(buf.String(), inside, false))
	}
	return out
}

func escaped(before string) bool {
	return (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
}

// finished makes a chunk of what was read. Before a bracket, two backslashes in
// text stand for one.
func finished(s string, isCode, closed bool) chunk {
	if isCode {
		return chunk{code: &code{source: strings.Replace(s, `\}}`, "}}", 1)}}
	}
	if closed {
		s = strings.ReplaceAll(s, `\\`, `\`)
	}
	return chunk{text: s}
}
