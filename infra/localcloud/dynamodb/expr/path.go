package expr

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// maxPathSteps is how deep a document path may go.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const maxPathSteps = 32

// step is one element of a document path: a name, or an index into a list.
type step struct {
	name    string
	name0   int // which of the expression's names stands here; -1 if name does
	index   int
	isIndex bool
}

// path is a document path, for example a.#b[2].
type path []step

// nameAt returns the name of step i.
func (p path) nameAt(i int, b *Binding) string {
	if p[i].name0 >= 0 {
		return b.names[p[i].name0]
	}
	return p[i].name
}

// top returns the name of the attribute that the path begins with.
func (p path) top(b *Binding) string { return p.nameAt(0, b) }

// find returns the value at the path in item, nil if there is none.
func (p path) find(b *Binding, item attr.Item) *attr.Value {
	v := item.Get(p.nameAt(0, b))
	for i := 1; i < len(p) && v != nil; i++ {
		v = p.child(i, b, v)
	}
	return v
}

// child returns the value that step i leads to from v.
func (p path) child(i int, b *Binding, v *attr.Value) *attr.Value {
	if p[i].isIndex {
		if v.Kind == attr.List && p[i].index < len(v.Kids) {
			return &v.Kids[p[i].index].Value
		}
		return nil
	}
	if v.Kind == attr.Map {
		return attr.Item(v.Kids).Get(p.nameAt(i, b))
	}
	return nil
}

// text writes the path as DynamoDB's messages do: [a, b, [2]].
func (p path) text(b *Binding) string {
	parts := make([]string, len(p))
	for i := range p {
		if p[i].isIndex {
			parts[i] = "[" + strconv.Itoa(p[i].index) + "]"
		} else {
			parts[i] = p.nameAt(i, b)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func samePath(p, q path, b *Binding) bool {
	return len(p) == len(q) && relation(p, q, b) == overlapping
}

// pathRelation is how two paths stand to each other.
type pathRelation uint8

const (
	apart       pathRelation = iota
	overlapping              // one is the other, or leads into it
	conflicting              // one takes for a list what the other takes for a map
)

func relation(p, q path, b *Binding) pathRelation {
	for i := range min(len(p), len(q)) {
		switch {
		case p[i].isIndex != q[i].isIndex:
			return conflicting
		case p[i].isIndex && p[i].index != q[i].index:
			return apart
		case !p[i].isIndex && p.nameAt(i, b) != q.nameAt(i, b):
			return apart
		}
	}
	return overlapping
}

// comparePaths orders paths by their steps; indexes come by size and before names.
func comparePaths(p, q path, b *Binding) int {
	for i := range min(len(p), len(q)) {
		var c int
		switch {
		case p[i].isIndex && q[i].isIndex:
			c = cmp.Compare(p[i].index, q[i].index)
		case p[i].isIndex:
			c = -1
		case q[i].isIndex:
			c = 1
		default:
			c = strings.Compare(p.nameAt(i, b), q.nameAt(i, b))
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(p), len(q))
}

// checkApart refuses paths of which two overlap or conflict.
func checkApart(what string, paths []path, b *Binding) error {
	for i := range paths {
		for j := range i {
			word := "overlap"
			switch relation(paths[j], paths[i], b) {
			case apart:
				continue
			case conflicting:
				word = "conflict"
			}
			return attr.Invalid("Invalid " + what + ": Two document paths " + word +
				" with each other; must remove or rewrite one of these paths; path one: " +
				paths[j].text(b) + ", path two: " + paths[i].text(b))
		}
	}
	return nil
}
