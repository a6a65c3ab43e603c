package sqltable

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// kinds says what values the fields of a name have, in all inputs together: a sum
// of text, number and other; 0 for a name that no item has.
type kinds map[string]int

const (
	kindText = 1 << iota
	kindNumber
	kindOther
)

func kindsOf(inputs [][]*value.Object) kinds {
	k := kinds{}
	for _, objects := range inputs {
		for _, o := range objects {
			for name, v := range o.All() {
				kind := kindOther
				switch v.(type) {
				case nil:
					continue
				case string:
					kind = kindText
				case float64:
					kind = kindNumber
				}
				k[strings.ToLower(name)] |= kind
			}
		}
	}
	return k
}

// joins writes the conditions of joins so that they hold as in AlaSQL, which looks
// up partners by the text of a value: 1 meets "1", and what is not there meets what
// is not there either. Columns of one kind are compared as they are, for which
// SQLite makes an index.
func joins(tokens []string, k kinds) []string {
	out := make([]string, 0, len(tokens))
	on := false
	for i := 0; i < len(tokens); i++ {
		word := strings.ToUpper(tokens[i])
		if on = on && !endsJoin[word] || word == "ON"; on && joinsWith[word] {
			if left, right, next, ok := equality(tokens, i+1); ok {
				out = append(append(out, tokens[i]), k.meet(left, right)...)
				i = next - 1
				continue
			}
		}
		out = append(out, tokens[i])
	}
	return out
}

var (
	endsJoin = map[string]bool{
		"WHERE": true, "GROUP": true, "ORDER": true, "LIMIT": true, "HAVING": true, "UNION": true, "EXCEPT": true, "INTERSECT": true,
		"JOIN": true, "LEFT": true, "RIGHT": true, "INNER": true, "FULL": true, "CROSS": true, "NATURAL": true, "SELECT": true, ")": true, "OR": true,
	}
	joinsWith = map[string]bool{"ON": true, "AND": true}
)

// equality finds a condition column = column that ends there; next is the place behind it.
func equality(tokens []string, from int) (left, right []string, next int, ok bool) {
	left, at := column(tokens, from)
	if left == nil || at >= len(tokens) || tokens[at] != "=" && tokens[at] != "==" {
		return nil, nil, 0, false
	}
	right, next = column(tokens, at+1)
	if right == nil {
		return nil, nil, 0, false
	}
	if next < len(tokens) {
		if after := strings.ToUpper(tokens[next]); after != "AND" && !endsJoin[after] || after == "OR" {
			return nil, nil, 0, false
		}
	}
	return left, right, next, true
}

// column reads the name of a column, perhaps behind its table's.
func column(tokens []string, from int) (name []string, next int) {
	if from+2 < len(tokens) && tokens[from+1] == "." && isName(tokens[from]) && isName(tokens[from+2]) {
		return tokens[from : from+3], from + 3
	}
	return nil, from
}

func isName(t string) bool {
	return t != "" && (t[0] == '"' || t[0] == '`' || t[0] == '[' || word(t[0]) && !digits(t[:1]))
}

// meet is the condition that two columns have the same value.
func (k kinds) meet(left, right []string) []string {
	switch k.of(left) | k.of(right) {
	case 0, kindText, kindNumber:
		return append(append(append([]string{}, left...), "IS"), right...)
	}
	out := append(append([]string{"CAST", "("}, left...), "AS", "TEXT", ")", "IS", "CAST", "(")
	return append(append(out, right...), "AS", "TEXT", ")")
}

func (k kinds) of(column []string) int {
	return k[strings.ToLower(strings.Trim(column[len(column)-1], "\"`[]"))]
}
