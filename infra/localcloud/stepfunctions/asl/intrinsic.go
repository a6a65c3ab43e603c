package asl

import (
	"fmt"
	"strings"
)

// maxNesting is how deeply intrinsic calls may be nested (documentation,
// "Intrinsic functions": up to 10).
const maxNesting = 10

// call is a compiled intrinsic function call.
type call struct {
	text string // the outermost expression, for errors
	fn   *intrinsic
	args []expr
}

// intrinsic is one function of the language.
type intrinsic struct {
	name     string
	min, max int // number of arguments; max -1 is any
	run      func(s *scope, args []any) (any, error)
}

func (c *call) String() string { return c.text }

func (c *call) eval(s *scope) (any, *Failure) {
	args := make([]any, len(c.args))
	for i, a := range c.args {
		p, isPath := a.(*Path)
		if !isPath {
			v, f := a.eval(s)
			if f != nil {
				return nil, f
			}
			args[i] = v
			continue
		}
		v, ok := p.Find(s.root(p))
		if !ok {
			return nil, runtimeFailure("The function '%s' had the following error: The JsonPath argument for the field '%s' could not be found in the input '%s'",
				c.text, p.text, JSON(s.input))
		}
		args[i] = v
	}
	v, err := c.fn.run(s, args)
	if err != nil {
		return nil, &Failure{Error: ErrIntrinsicFailure, Cause: fmt.Sprintf("The function '%s' had the following error: %v", c.text, err)}
	}
	return v, nil
}

// literal is a constant argument of a call.
type literal struct {
	v    any
	text string // as written, a string with its quotes
}

func (l literal) eval(*scope) (any, *Failure) { return l.v, nil }
func (l literal) String() string              { return l.text }

// parseIntrinsic compiles an expression such as States.Format('{}', $.name).
func parseIntrinsic(text string) (expr, error) {
	p := &intrinsicParser{s: text}
	e, err := p.call(1)
	if err != nil {
		return nil, err
	}
	if p.space(); p.i != len(text) {
		return nil, fmt.Errorf("text after the end of the function call at %d", p.i)
	}
	return e, nil
}

type intrinsicParser struct {
	s string
	i int
}

func (p *intrinsicParser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *intrinsicParser) call(depth int) (expr, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("functions are nested more than %d deep", maxNesting)
	}
	open := strings.IndexByte(p.s[p.i:], '(')
	if open < 0 {
		return nil, fmt.Errorf("%q is no function call", p.s[p.i:])
	}
	name := strings.TrimSpace(p.s[p.i : p.i+open])
	fn := intrinsics[name]
	if fn == nil {
		return nil, fmt.Errorf("there is no intrinsic function %q", name)
	}
	p.i += open + 1
	c := &call{text: p.s, fn: fn}
	var err error
	if c.args, err = p.arguments(depth); err != nil {
		return nil, err
	}
	if p.i >= len(p.s) || p.s[p.i] != ')' {
		return nil, fmt.Errorf("a closing parenthesis of %s was expected at %d", name, p.i)
	}
	p.i++
	if l, ok := first(c.args).(literal); ok && name == formatName && len(l.text) > 1 && l.text[0] == '\'' {
		c.args[0] = literal{v: l.text[1 : len(l.text)-1], text: l.text} // it reads the escapes itself
	}
	if n := len(c.args); n < fn.min || (fn.max >= 0 && n > fn.max) {
		return nil, fmt.Errorf("%s was given %d arguments", name, n)
	}
	return c, nil
}

// arguments reads what stands between the parentheses of a call.
func (p *intrinsicParser) arguments(depth int) (args []expr, err error) {
	if p.space(); p.i < len(p.s) && p.s[p.i] == ')' {
		return nil, nil
	}
	for {
		p.space()
		a, err := p.argument(depth)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		if p.space(); p.i >= len(p.s) || p.s[p.i] != ',' {
			return args, nil
		}
		p.i++
	}
}

func first(args []expr) expr {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

func (p *intrinsicParser) argument(depth int) (expr, error) {
	rest := p.s[p.i:]
	switch {
	case rest == "":
		return nil, fmt.Errorf("an argument was expected at the end")
	case rest[0] == '\'':
		return p.text()
	case rest[0] == '$':
		end := p.pathEnd()
		path, err := ParsePath(strings.TrimRight(p.s[p.i:end], " \t\r\n"))
		p.i = end
		return path, err
	case strings.HasPrefix(rest, "States."):
		return p.call(depth + 1)
	}
	end := p.i
	for end < len(p.s) && strings.IndexByte(",) \t\r\n", p.s[end]) < 0 {
		end++
	}
	word := p.s[p.i:end]
	v, err := parseJSONString(word)
	_, isText := v.(string)
	if err != nil || isText || strings.HasPrefix(word, "[") || strings.HasPrefix(word, "{") {
		return nil, fmt.Errorf("%q is no argument: a path, a number, true, false, null, a string in single quotes or a function call was expected", word)
	}
	p.i = end
	return literal{v: v, text: word}, nil
}

// pathEnd finds where a path argument ends: at a comma or closing parenthesis
// outside of brackets and quotes.
func (p *intrinsicParser) pathEnd() int {
	depth := 0
	var quote byte
	for i := p.i; i < len(p.s); i++ {
		c := p.s[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[' || c == '(':
			depth++
		case depth > 0 && (c == ']' || c == ')'):
			depth--
		case depth == 0 && (c == ',' || c == ')'):
			return i
		}
	}
	return len(p.s)
}

// text reads a string in single quotes. A backslash escapes ' { } and itself.
func (p *intrinsicParser) text() (expr, error) {
	start := p.i
	var b strings.Builder
	for p.i++; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		switch {
		case c == '\'':
			p.i++
			return literal{v: b.String(), text: p.s[start:p.i]}, nil
		case c == '\\':
			p.i++
			if p.i >= len(p.s) || strings.IndexByte(`'{}\`, p.s[p.i]) < 0 {
				return nil, fmt.Errorf("a backslash at %d escapes none of ' { } \\", p.i-1)
			}
			b.WriteByte(p.s[p.i])
		default:
			b.WriteByte(c)
		}
	}
	return nil, fmt.Errorf("a string without end at %d", start)
}
