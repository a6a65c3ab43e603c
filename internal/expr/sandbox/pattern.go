package sandbox

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
	lru "github.com/hashicorp/golang-lru/v2"
)

// RegexpTime ends a single match that backtracks. goja takes such a match for
// none, so it must not be shorter than the time of a run, whose end is then seen.
const RegexpTime = 5 * time.Second

func init() { //nolint:gochecknoinits // the library has this one switch, for the process
	regexp2.DefaultMatchTimeout = RegexpTime
}

// SetRegexpTime replaces RegexpTime for a process whose runs last longer or
// shorter. It must be called before the first run.
func SetRegexpTime(d time.Duration) { regexp2.DefaultMatchTimeout = d }

// pattern is what is known of one regular expression.
type pattern struct {
	re    *regexp.Regexp // nil if goja must use its backtracking engine
	steps int64          // size of the automaton
	// plain patterns cannot backtrack for long: no repeated group and at most one
	// unbounded repetition. goja backtracks on text beyond ASCII.
	plain bool
}

var patterns = newPatterns()

func newPatterns() *lru.Cache[string, *pattern] {
	c, err := lru.New[string, *pattern](1024)
	if err != nil {
		panic(err) // only for a size below one
	}
	return c
}

// isRegExp returns v's source and whether it is global, if it is a RegExp.
func isRegExp(v goja.Value) (rx *goja.Object, source string, global bool) {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "RegExp" {
		return nil, "", false
	}
	return o, o.Get("source").String(), o.Get("global").ToBoolean()
}

func compiled(rx *goja.Object, source string) *pattern {
	flags := rx.Get("flags").String()
	key := flags + "/" + source
	if p, ok := patterns.Get(key); ok {
		return p
	}
	p := &pattern{steps: int64(len(source)), plain: plain(source)}
	text, err := parser.TransformRegExp(source, strings.Contains(flags, "s"), strings.Contains(flags, "u"))
	if err == nil {
		if strings.Contains(flags, "i") {
			text = "(?i)" + text
		}
		if p.re, err = regexp.Compile(text); err == nil {
			p.steps = automaton(text)
		}
	}
	patterns.Add(key, p)
	return p
}

// automaton is the number of instructions that the expression compiles to.
func automaton(text string) int64 {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return int64(len(text))
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return int64(len(text))
	}
	return int64(len(prog.Inst))
}

// plain looks at the source of a pattern; see pattern.plain.
func plain(source string) bool {
	unbounded, class, closed := 0, false, false
	for i := 0; i < len(source); i++ {
		after := closed
		closed = false
		switch c := source[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == ')':
			closed = true
		case c == '*' || c == '+' || c == '{':
			if after {
				return false
			}
			unbounded++
		}
	}
	return unbounded <= 1
}
