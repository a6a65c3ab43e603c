package expr

import (
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// actionKind is the section of an update expression that an action stands in.
type actionKind uint8

const (
	actSet actionKind = iota
	actRemove
	actAdd
	actDelete
)

// sections are the words that begin them.
var sections = [...]string{actSet: "SET", actRemove: "REMOVE", actAdd: "ADD", actDelete: "DELETE"}

// action changes what one path leads to.
type action struct {
	kind  actionKind
	path  path
	value *node // none for REMOVE
}

// Update is a parsed update expression.
type Update struct {
	refs
	actions []action
	paths   []path // of the actions
}

func parseUpdate(text string) (*Update, error) {
	p := newParser("UpdateExpression", text)
	if err := p.err(); err != nil {
		return nil, err
	}
	u := &Update{}
	var seen [len(sections)]bool
	for p.syntax == nil && (len(u.actions) == 0 || p.peek().kind != tokEnd) {
		kind, ok := p.parseSection()
		if !ok {
			p.unexpected()
			break
		}
		if seen[kind] {
			p.refuse(`The "` + sections[kind] + `" section can only be used once in an update expression;`)
		}
		seen[kind] = true
		for {
			u.actions = append(u.actions, p.parseAction(kind))
			if !p.symbol(",") {
				break
			}
		}
	}
	for i := range u.actions {
		u.paths = append(u.paths, u.actions[i].path)
		if p.syntax == nil && u.actions[i].value != nil {
			p.checkUpdateValue(u.actions[i].value, true)
		}
	}
	u.refs = p.refs
	return u, p.err()
}

func (p *parser) parseSection() (actionKind, bool) {
	for kind, word := range sections {
		if p.keyword(word) {
			return actionKind(kind), true
		}
	}
	return 0, false
}

func (p *parser) parseAction(kind actionKind) action {
	a := action{kind: kind, path: p.parsePath()}
	switch kind {
	case actSet:
		p.expect("=")
		a.value = p.parseSetValue()
	case actAdd, actDelete:
		a.value = p.parseValue()
	}
	return a
}

// parseSetValue reads the right side of a SET: an operand, or two with a plus or minus between.
func (p *parser) parseSetValue() *node {
	var left *node
	if p.symbol("(") {
		left = p.parens(p.parseSetValue())
	} else {
		left = p.parsePlainOperand()
	}
	if p.syntax != nil || left.kind == nodeArithmetic {
		return left
	}
	for _, sign := range []string{"+", "-"} {
		if p.symbol(sign) {
			return &node{kind: nodeArithmetic, text: sign, kids: []*node{left, p.parsePlainOperand()}}
		}
	}
	return left
}

// checkUpdateValue refuses functions that may not stand where they do; only at
// the top may a list_append.
func (p *parser) checkUpdateValue(n *node, top bool) {
	if n.kind == nodeFunction {
		if f := p.checkFunction(n, inUpdates); f != nil && n.text == "list_append" && !top {
			p.refuse("The function is not allowed to be used this way in an expression; function: " + n.text)
		}
	}
	for _, k := range n.kids {
		p.checkUpdateValue(k, false)
	}
	if n.kind == nodeFunction {
		p.checkOperands(n)
	}
}

// Bind resolves the update's placeholders and checks operands and paths.
func (u *Update) Bind(given *Placeholders) (*Binding, error) {
	b, err := u.bind(given)
	if err != nil {
		return nil, err
	}
	for i := range u.actions {
		if err := u.checkAction(&u.actions[i], b); err != nil {
			return nil, err
		}
	}
	return b, checkApart(u.what, u.paths, b)
}

func (u *Update) checkAction(a *action, b *Binding) error {
	switch a.kind {
	case actSet:
		return u.checkSetValue(a.value, b)
	case actAdd, actDelete:
		kind := b.values[a.value.ref].Kind
		if kind.Set() || a.kind == actAdd && kind == attr.Number {
			return nil
		}
		return u.errorf("Incorrect operand type for operator or function; operator: " + sections[a.kind] +
			", operand type: " + kind.LongName() + ", typeSet: ALLOWED_FOR_" + sections[a.kind] + "_OPERAND")
	}
	return nil
}

func (u *Update) checkSetValue(n *node, b *Binding) error {
	want := attr.None
	switch {
	case n.kind == nodeArithmetic:
		want = attr.Number
	case n.kind == nodeFunction && n.text == "list_append":
		want = attr.List
	}
	for _, k := range n.kids {
		if want != attr.None && k.kind == nodeValue && b.values[k.ref].Kind != want {
			return u.wrongType(n.text, b.values[k.ref].Kind.String())
		}
		if err := u.checkSetValue(k, b); err != nil {
			return err
		}
	}
	return nil
}

// Attributes returns the names of the attributes that the update writes.
func (u *Update) Attributes(b *Binding) []string {
	out := make([]string, len(u.paths))
	for i, p := range u.paths {
		out[i] = p.top(b)
	}
	return out
}

// OnlyRemoves reports whether the update sets and adds nothing.
func (u *Update) OnlyRemoves() bool {
	for i := range u.actions {
		if kind := u.actions[i].kind; kind == actSet || kind == actAdd {
			return false
		}
	}
	return true
}

// Touched returns of an item what the update's paths lead to: with the old item
// what UPDATED_OLD answers, with the new one what UPDATED_NEW does.
func (u *Update) Touched(b *Binding, item attr.Item) attr.Item { return project(u.paths, b, item) }
