package expr

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"github.com/automatelanka/automatelanka/internal/expr/jsast"
	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
)

const (
	maxSource  = 128 << 10 // bytes of one {{ }}
	maxNesting = 500       // brackets open at once; goja's parser is recursive
)

// program is the compiled form of one piece of JavaScript: a function whose
// parameters are the variables that it uses.
type program struct {
	prog   *goja.Program
	params []string
	needs  *sandbox.Needs
	names  map[string]bool // of what is installed only where it is mentioned
	// changes is set if it may change the data it is shown.
	changes bool
	// taints is set if it may change ECMAScript's own objects.
	taints bool
}

// check parses the code, refuses what n8n refuses, and prepares the fast form.
func (c *code) check() error {
	_, e, err := parseExpression(c.source)
	if err != nil {
		return failed(c.source, err)
	}
	var bad error
	w := jsast.Walker{Member: func(name string) {
		if bad == nil {
			bad = denied(name)
		}
	}}
	w.Expression(e)
	if w.SawWith {
		bad = refusalf("it may not use a with statement")
	}
	if bad != nil {
		return failed(c.source, bad)
	}
	if c.fast = compileFast(e); c.fast == nil {
		c.fast = fastDate(e)
	}
	if c.fast != nil {
		return nil
	}
	_, err = c.program() // finds what else is wrong with it
	return err
}

// program compiles the code once.
func (c *code) program() (*program, error) {
	c.once.Do(func() {
		if c.prog, c.err = compile(c.source); c.err != nil {
			c.err = failed(c.source, c.err)
		}
	})
	return c.prog, c.err
}

// parseExpression reads the one expression that {{ }} holds; what follows it
// after a semicolon is ignored, as n8n does.
func parseExpression(source string) (*ast.Program, ast.Expression, error) {
	if len(source) > maxSource {
		return nil, nil, refusalf("it is longer than %d kB", maxSource>>10)
	}
	if nesting(source) > maxNesting {
		return nil, nil, refusalf("its brackets are nested deeper than %d levels", maxNesting)
	}
	text := source
	if strings.HasPrefix(strings.TrimSpace(source), "{") {
		text = "(" + source + ")"
	}
	prog, err := jsast.Parse("expression", text)
	if err != nil {
		return nil, nil, refusalf("invalid syntax: %s", firstLine(err.Error()))
	}
	if len(prog.Body) == 0 {
		return nil, nil, refusalf("invalid syntax: there is nothing between {{ and }}")
	}
	s, ok := prog.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return nil, nil, refusalf("invalid syntax: an expression was expected, not a statement")
	}
	return prog, s.Expression, nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimPrefix(s, "expression: ")
}

// nesting is the greatest number of brackets open at once, and of operators that
// the parser descends for; those in strings count too.
func nesting(source string) int {
	open, most, run := 0, 0, 0
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '(', '[', '{', '?':
			open++
			run = 0
		case ')', ']', '}', ':':
			open = max(open-1, 0)
			run = 0
		case '!', '-', '+', '~':
			run++
		case ' ':
		default:
			run = 0
		}
		most = max(most, open, run)
	}
	return most
}
