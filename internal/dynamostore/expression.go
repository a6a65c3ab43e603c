package dynamostore

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// expression collects the parts of an update: what to set, remove and add, and
// on which conditions. Attribute names of ours are short and no reserved words,
// so they are written into the text; only keys of maps go through names.
type expression struct {
	set, remove, add, cond []string
	names                  map[string]string
	values                 attrs
}

func (e *expression) value(placeholder string, v types.AttributeValue) {
	if e.values == nil {
		e.values = attrs{}
	}
	e.values[placeholder] = v
}

// Set sets an attribute to v, under a placeholder named after it.
func (e *expression) Set(name string, v types.AttributeValue) {
	e.set = append(e.set, name+" = :"+name)
	e.value(":"+name, v)
}

// SetRaw adds a SET clause as it is.
func (e *expression) SetRaw(clause string) { e.set = append(e.set, clause) }

// Remove removes attributes.
func (e *expression) Remove(names ...string) { e.remove = append(e.remove, names...) }

// Add adds n to a number.
func (e *expression) Add(name string, n int64) {
	e.add = append(e.add, name+" :add_"+name)
	e.value(":add_"+name, num(n))
}

// If adds a condition; all must hold.
func (e *expression) If(condition string) { e.cond = append(e.cond, condition) }

// Name binds a placeholder (#x) to a key of a map.
func (e *expression) Name(placeholder, name string) {
	if e.names == nil {
		e.names = map[string]string{}
	}
	e.names[placeholder] = name
}

func (e *expression) update() *string {
	var b strings.Builder
	for _, part := range []struct {
		word    string
		clauses []string
	}{{"SET ", e.set}, {"REMOVE ", e.remove}, {"ADD ", e.add}} {
		if len(part.clauses) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(part.word)
		b.WriteString(strings.Join(part.clauses, ", "))
	}
	if b.Len() == 0 {
		return nil
	}
	return aws.String(b.String())
}

func (e *expression) condition() *string {
	if len(e.cond) == 0 {
		return nil
	}
	return aws.String("(" + strings.Join(e.cond, ") AND (") + ")")
}
