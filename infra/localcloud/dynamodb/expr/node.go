package expr

// nodeKind says what a node of a parsed expression is.
type nodeKind uint8

const (
	nodePath nodeKind = iota
	nodeValue
	nodeFunction
	nodeCompare
	nodeBetween
	nodeIn
	nodeAnd
	nodeOr
	nodeNot
	nodeArithmetic
)

// node is a part of a parsed condition, or of the right side of a SET.
type node struct {
	kind   nodeKind
	text   string // the operator or function
	kids   []*node
	path   path
	ref    int // which of the expression's values
	parens bool
}

// operand reports whether the node stands for a value and not for a truth.
func (n *node) operand() bool {
	switch n.kind {
	case nodePath, nodeValue, nodeArithmetic:
		return true
	}
	return false
}

// function is what is known of a function: where it may stand and its operands.
type function struct {
	operands    int
	truth       bool // it is a condition of its own; otherwise it is an operand
	inCondition bool
	inUpdate    bool
	firstIsPath bool
}

// functions are all that the languages know, by name.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
var functions = map[string]function{
	"attribute_exists":     {operands: 1, truth: true, inCondition: true, firstIsPath: true},
	"attribute_not_exists": {operands: 1, truth: true, inCondition: true, firstIsPath: true},
	"attribute_type":       {operands: 2, truth: true, inCondition: true},
	"begins_with":          {operands: 2, truth: true, inCondition: true},
	"contains":             {operands: 2, truth: true, inCondition: true},
	"size":                 {operands: 1, inCondition: true},
	"if_not_exists":        {operands: 2, inUpdate: true, firstIsPath: true},
	"list_append":          {operands: 2, inUpdate: true},
}
