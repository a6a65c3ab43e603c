package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// Limits of expressions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxExpressionBytes = 4096
	maxOperators       = 300
	maxInOperands      = 100
	maxListIndex       = 1<<31 - 1
)

// parser is a recursive descent over an expression's tokens. Its first error, a
// syntax error before one of meaning, is the expression's.
type parser struct {
	refs
	text      string
	tokens    []token
	at        int
	syntax    error
	meaning   error
	operators int
}

func newParser(what, text string) *parser {
	p := &parser{refs: refs{what: what}, text: text}
	switch {
	case text == "":
		p.fail("The expression can not be empty;")
	case len(text) > maxExpressionBytes:
		p.fail("Expression size has exceeded the maximum allowed size; expression size: " + strconv.Itoa(len(text)))
	default:
		p.tokens = lex(text)
		return p
	}
	p.tokens = lex("")
	return p
}

// err returns the expression's error.
func (p *parser) err() error {
	if p.syntax != nil {
		return p.syntax
	}
	return p.meaning
}

// fail notes an error of syntax.
func (p *parser) fail(message string) {
	if p.syntax == nil {
		p.syntax = p.errorf(message)
	}
}

// refuse notes an error of meaning.
func (p *parser) refuse(message string) {
	if p.meaning == nil {
		p.meaning = p.errorf(message)
	}
}

// unexpected is the syntax error at the current token.
func (p *parser) unexpected() {
	t := p.tokens[p.at]
	start, end := t.start, t.end
	if p.at > 0 {
		start = p.tokens[p.at-1].start
	} else if t.kind == tokEnd {
		start = 0
	}
	if t.kind != tokEnd {
		if next := p.tokens[p.at+1]; next.kind != tokEnd {
			end = next.end
		}
	} else if p.at > 0 {
		end = p.tokens[p.at-1].end
	}
	p.fail(`Syntax error; token: "` + t.text + `", near: "` + p.text[start:end] + `"`)
}

func (p *parser) peek() token { return p.tokens[p.at] }

// symbol passes a symbol if it is the next token.
func (p *parser) symbol(s string) bool {
	if t := p.peek(); t.kind != tokSymbol || t.text != s {
		return false
	}
	p.at++
	return true
}

// keyword passes a keyword, in any case of letters, if it is the next token.
func (p *parser) keyword(word string) bool {
	if !isKeyword(p.peek(), word) {
		return false
	}
	p.at++
	return true
}

func isKeyword(t token, word string) bool {
	return t.kind == tokWord && strings.EqualFold(t.text, word)
}

// keywords of the languages are never attribute or function names.
var keywords = []string{"AND", "OR", "NOT", "IN", "BETWEEN", "SET", "REMOVE", "ADD", "DELETE"}

func anyKeyword(t token) bool {
	return t.kind == tokWord && slices.ContainsFunc(keywords, func(k string) bool { return isKeyword(t, k) })
}

func (p *parser) expect(symbol string) {
	if !p.symbol(symbol) {
		p.unexpected()
	}
}

// end refuses what follows the whole expression.
func (p *parser) end() {
	if p.peek().kind != tokEnd {
		p.unexpected()
	}
}

// parsePath reads a document path.
func (p *parser) parsePath() path {
	out := path{p.parseName()}
	for p.syntax == nil {
		switch {
		case p.symbol("."):
			out = append(out, p.parseName())
		case p.symbol("["):
			out = append(out, p.parseIndex())
		default:
			if len(out) > maxPathSteps {
				p.refuse("The document path has too many nesting levels; nesting levels: " + strconv.Itoa(len(out)))
			}
			return out
		}
	}
	return out
}

func (p *parser) parseName() step {
	t := p.peek()
	switch {
	case t.kind == tokName:
		p.at++
		return step{name0: note(&p.names, t.text)}
	case t.kind == tokWord && !anyKeyword(t):
		p.at++
		if isReserved(t.text) {
			p.refuse("Attribute name is a reserved keyword; reserved keyword: " + t.text)
		}
		if err := attr.CheckName(t.text); err != nil {
			p.refuse(err.Error())
		}
		return step{name: t.text, name0: -1}
	}
	p.unexpected()
	return step{name0: -1}
}

func (p *parser) parseIndex() step {
	t := p.peek()
	if t.kind != tokNumber {
		p.unexpected()
		return step{name0: -1}
	}
	p.at++
	p.expect("]")
	index, err := strconv.Atoi(t.text)
	if err != nil || index > maxListIndex {
		p.refuse("List index is not within the allowable range; index: [" + t.text + "]")
	}
	return step{isIndex: true, index: index, name0: -1}
}

// note returns where word is in the list, which it is added to if need be.
func note(list *[]string, word string) int {
	at := slices.Index(*list, word)
	if at < 0 {
		at = len(*list)
		*list = append(*list, word)
	}
	return at
}

// parseValue reads a value placeholder.
func (p *parser) parseValue() *node {
	t := p.peek()
	if t.kind != tokValue {
		p.unexpected()
		return &node{kind: nodeValue}
	}
	p.at++
	return &node{kind: nodeValue, ref: note(&p.values, t.text)}
}
