package expr

import "strconv"

// Condition is a parsed condition, filter or key condition.
type Condition struct {
	refs
	root *node
	// checks are the nodes whose operands are checked once placeholders are bound.
	checks []*node
}

// parseCondition parses a whole condition; what names the parameter for messages.
func parseCondition(what, text string) (*Condition, error) {
	p := newParser(what, text)
	if err := p.err(); err != nil {
		return nil, err
	}
	root := p.parseOr()
	p.truth(root)
	p.end()
	c := &Condition{root: root}
	if p.syntax == nil {
		p.checkCondition(c, root, true)
	}
	c.refs = p.refs
	return c, p.err()
}

// truth refuses an operand where a condition must stand: the error is at the
// token after it. A function may be either; which one is checked later.
func (p *parser) truth(n *node) {
	if n != nil && n.operand() {
		p.unexpected()
	}
}

func (p *parser) operator(n *node) *node {
	p.operators++
	if p.operators == maxOperators+1 {
		p.refuse("The expression contains too many operators; operator count: " + strconv.Itoa(p.operators))
	}
	return n
}

func (p *parser) parseOr() *node {
	left := p.parseAnd()
	for p.syntax == nil && isKeyword(p.peek(), "OR") {
		p.truth(left)
		p.at++
		right := p.parseAnd()
		p.truth(right)
		left = p.operator(&node{kind: nodeOr, text: "OR", kids: []*node{left, right}})
	}
	return left
}

func (p *parser) parseAnd() *node {
	left := p.parseNot()
	for p.syntax == nil && isKeyword(p.peek(), "AND") {
		p.truth(left)
		p.at++
		right := p.parseNot()
		p.truth(right)
		left = p.operator(&node{kind: nodeAnd, text: "AND", kids: []*node{left, right}})
	}
	return left
}

func (p *parser) parseNot() *node {
	if !p.keyword("NOT") {
		return p.parseComparison()
	}
	inner := p.parseNot()
	p.truth(inner)
	return p.operator(&node{kind: nodeNot, text: "NOT", kids: []*node{inner}})
}

// comparators are the symbols between two operands.
var comparators = []string{"=", "<>", "<", "<=", ">", ">="}

func (p *parser) parseComparison() *node {
	left := p.parseOperand()
	if p.syntax != nil || !left.operand() && left.kind != nodeFunction {
		return left
	}
	for _, c := range comparators {
		if p.symbol(c) {
			return p.operator(&node{kind: nodeCompare, text: c, kids: []*node{left, p.parsePlainOperand()}})
		}
	}
	switch {
	case p.keyword("BETWEEN"):
		low := p.parsePlainOperand()
		if !p.keyword("AND") {
			p.unexpected()
		}
		return p.operator(&node{kind: nodeBetween, text: "BETWEEN", kids: []*node{left, low, p.parsePlainOperand()}})
	case p.keyword("IN"):
		p.expect("(")
		return p.operator(&node{kind: nodeIn, text: "IN", kids: append([]*node{left}, p.parseList()...)})
	}
	return left
}

// parseOperand reads an operand, or a condition in parentheses.
func (p *parser) parseOperand() *node {
	if p.symbol("(") {
		return p.parens(p.parseOr())
	}
	return p.parseSimpleOperand()
}

// parsePlainOperand reads an operand that cannot be a condition.
func (p *parser) parsePlainOperand() *node {
	if p.symbol("(") {
		return p.parens(p.parsePlainOperand())
	}
	return p.parseSimpleOperand()
}

// parens closes a parenthesis around inner.
func (p *parser) parens(inner *node) *node {
	p.expect(")")
	if p.syntax == nil && inner.parens {
		p.refuse("The expression has redundant parentheses;")
	}
	inner.parens = true
	return inner
}

func (p *parser) parseSimpleOperand() *node {
	t := p.peek()
	switch {
	case p.syntax != nil:
		return &node{}
	case t.kind == tokValue:
		return p.parseValue()
	case t.kind == tokWord && !anyKeyword(t) && p.tokens[p.at+1].text == "(":
		p.at += 2
		if _, known := functions[t.text]; !known {
			p.refuse("Invalid function name; function: " + t.text)
		}
		return &node{kind: nodeFunction, text: t.text, kids: p.parseList()}
	}
	return &node{kind: nodePath, path: p.parsePath()}
}

// parseList reads operands and the parenthesis after them.
func (p *parser) parseList() []*node {
	var out []*node
	for p.syntax == nil {
		out = append(out, p.parsePlainOperand())
		if p.symbol(")") {
			return out
		}
		p.expect(",")
	}
	return out
}

// checkCondition refuses functions in wrong places and wrong numbers of operands,
// and collects the nodes that are checked when they are bound.
func (p *parser) checkCondition(c *Condition, n *node, truth bool) {
	switch n.kind {
	case nodeFunction:
		f := p.checkFunction(n, inConditions)
		if f != nil && f.truth != truth {
			p.refuse("The function is not allowed to be used this way in an expression; function: " + n.text)
		}
		truth = false
		c.checks = append(c.checks, n)
	case nodeIn:
		if len(n.kids)-1 > maxInOperands {
			p.refuse("The IN operator is provided with too many operands; number of operands: " + strconv.Itoa(len(n.kids)-1))
		}
		fallthrough
	case nodeCompare, nodeBetween:
		truth = false
		c.checks = append(c.checks, n)
	}
	for _, k := range n.kids {
		p.checkCondition(c, k, truth)
	}
	if n.kind == nodeFunction {
		p.checkOperands(n)
	}
}

// inConditions and inUpdates choose the language in which a function must be allowed.
const (
	inConditions = "a condition expression"
	inUpdates    = "an update expression"
)

// checkFunction refuses a function that belongs to another language.
func (p *parser) checkFunction(n *node, language string) *function {
	f, known := functions[n.text]
	switch {
	case !known:
		return nil // it was refused when it was read
	case language == inConditions && !f.inCondition, language == inUpdates && !f.inUpdate:
		p.refuse("The function is not allowed in " + language + "; function: " + n.text)
		return nil
	}
	return &f
}

// checkOperands refuses a wrong number of operands, and a first one that is no path where one must be.
func (p *parser) checkOperands(n *node) {
	f, known := functions[n.text]
	switch {
	case !known:
	case len(n.kids) != f.operands:
		p.refuse("Incorrect number of operands for operator or function; operator or function: " + n.text +
			", number of operands: " + strconv.Itoa(len(n.kids)))
	case f.firstIsPath && n.kids[0].kind != nodePath:
		p.refuse("Operator or function requires a document path; operator or function: " + n.text)
	}
}
