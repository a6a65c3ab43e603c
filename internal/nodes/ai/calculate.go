package ai

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

var errMath = errors.New("not a mathematical expression")

// calculate evaluates + - * / % ^, parentheses, and common functions of one
// argument: what the calculator tool takes. It is no interpreter.
func calculate(text string) (float64, error) {
	p := &mathParser{text: strings.TrimSpace(text)}
	n, err := p.sum(0)
	if err == nil && p.skip() < len(p.text) {
		err = errMath
	}
	return n, err
}

// maxMathDepth bounds nested parentheses.
const maxMathDepth = 100

type mathParser struct {
	text string
	at   int
}

// skip passes white space and returns the position.
func (p *mathParser) skip() int {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\n' || p.text[p.at] == '\t') {
		p.at++
	}
	return p.at
}

// take passes one of the signs and returns it, 0 if there is none.
func (p *mathParser) take(signs string) byte {
	if p.skip() < len(p.text) && strings.IndexByte(signs, p.text[p.at]) >= 0 {
		p.at++
		return p.text[p.at-1]
	}
	return 0
}

func (p *mathParser) sum(depth int) (float64, error) {
	if depth > maxMathDepth {
		return 0, errMath
	}
	n, err := p.product(depth)
	for err == nil {
		sign := p.take("+-")
		if sign == 0 {
			return n, nil
		}
		var m float64
		m, err = p.product(depth)
		if sign == '-' {
			m = -m
		}
		n += m
	}
	return n, err
}

func (p *mathParser) product(depth int) (float64, error) {
	n, err := p.power(depth)
	for err == nil {
		sign := p.take("*/%")
		if sign == 0 {
			return n, nil
		}
		var m float64
		m, err = p.power(depth)
		switch sign {
		case '*':
			n *= m
		case '/':
			n /= m
		default:
			n = math.Mod(n, m)
		}
	}
	return n, err
}

func (p *mathParser) power(depth int) (float64, error) {
	if depth > maxMathDepth {
		return 0, errMath
	}
	if p.take("-") != 0 {
		n, err := p.power(depth + 1)
		return -n, err
	}
	p.take("+")
	n, err := p.atom(depth)
	if err == nil && p.take("^") != 0 {
		var m float64
		m, err = p.power(depth + 1)
		n = math.Pow(n, m)
	}
	return n, err
}

var mathFunctions = map[string]func(float64) float64{
	"sqrt": math.Sqrt, "abs": math.Abs, "sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "log": math.Log, "ln": math.Log,
	"log10": math.Log10, "log2": math.Log2, "exp": math.Exp, "round": math.Round, "floor": math.Floor, "ceil": math.Ceil,
	"asin": math.Asin, "acos": math.Acos, "atan": math.Atan, "cbrt": math.Cbrt, "": func(n float64) float64 { return n },
}

// atom is a number, a name, or parentheses with or without a function before them.
func (p *mathParser) atom(depth int) (float64, error) {
	start := p.skip()
	for p.at < len(p.text) && (isDigit(p.text[p.at]) || p.text[p.at] == '.') {
		p.at++
	}
	if p.at > start {
		n, err := strconv.ParseFloat(p.text[start:p.at], 64)
		if err != nil {
			return 0, errMath
		}
		return n, nil
	}
	for p.at < len(p.text) && (isLetter(p.text[p.at]) || p.at > start && isDigit(p.text[p.at])) {
		p.at++
	}
	name := strings.ToLower(p.text[start:p.at])
	if p.take("(") == 0 {
		switch name {
		case "pi":
			return math.Pi, nil
		case "e":
			return math.E, nil
		}
		return 0, errMath
	}
	f, ok := mathFunctions[name]
	n, err := p.sum(depth + 1)
	if err != nil || !ok || p.take(")") == 0 {
		return 0, errMath
	}
	return f(n), nil
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
