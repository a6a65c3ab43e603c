package dynamodb

import (
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
)

// compiled are a request's expressions, parsed and bound to its placeholders.
type compiled struct {
	cond      *expr.Condition
	condBound *expr.Binding
	keyCond   *expr.Condition
	keyBound  *expr.Binding
	upd       *expr.Update
	updBound  *expr.Binding
	proj      *expr.Projection
	projBound *expr.Binding
}

// compile parses and binds all expressions of the request, and refuses
// placeholders that none of them uses. The filter takes the condition's place.
func (s *Service) compile(q *request) error {
	var err error
	if q.update.given {
		if q.upd, err = s.exprs.Update(q.update.value); err == nil {
			q.updBound, err = q.upd.Bind(&q.names)
		}
	}
	if err == nil && q.keyCondition.given {
		if q.keyCond, err = s.exprs.KeyCondition(q.keyCondition.value); err == nil {
			q.keyBound, err = q.keyCond.Bind(&q.names)
		}
	}
	if err == nil && (q.condition.given || q.filter.given) {
		if q.condition.given {
			q.cond, err = s.exprs.Condition(q.condition.value)
		} else {
			q.cond, err = s.exprs.Filter(q.filter.value)
		}
		if err == nil {
			q.condBound, err = q.cond.Bind(&q.names)
		}
	}
	if err == nil && q.projection.given {
		if q.proj, err = s.exprs.Projection(q.projection.value); err == nil {
			q.projBound, err = q.proj.Bind(&q.names)
		}
	}
	if err != nil {
		return err
	}
	return q.checkPlaceholders()
}

func (q *request) checkPlaceholders() error {
	if q.upd == nil && q.keyCond == nil && q.cond == nil && q.proj == nil {
		if q.namesGiven {
			return invalid("ExpressionAttributeNames can only be specified when using expressions")
		}
		if q.valuesGiven {
			return invalid("ExpressionAttributeValues can only be specified when using expressions")
		}
		return nil
	}
	return q.names.CheckUsed()
}

// passes reports whether the request's condition or filter holds for the item.
func (q *request) passes(item attr.Item) bool {
	return q.cond == nil || q.cond.Test(q.condBound, item)
}

// appendItem appends of an item what the request's projection asks for.
func (q *request) appendItem(out []byte, item attr.Item) []byte {
	if q.proj != nil {
		item = q.proj.Project(q.projBound, item)
	}
	return item.AppendJSON(out)
}

// checkKey refuses a Key that is not one of the table's.
func (t *table) checkKey(key attr.Item) error {
	want := 1
	if t.keys.Range != "" {
		want = 2
	}
	if len(key) != want {
		return invalid("The number of conditions on the keys is invalid")
	}
	for _, f := range key {
		if f.Name != t.keys.Hash && f.Name != t.keys.Range || f.Value.Kind != t.kind(f.Name) {
			return invalid("The provided key element does not match the schema")
		}
	}
	return t.checkKeyValues(key)
}

func (t *table) kind(key string) attr.Kind {
	if key == t.keys.Hash {
		return t.keys.HashKind
	}
	return t.keys.RangeKind
}

// checkKeyValues refuses key values that are empty or too long.
func (t *table) checkKeyValues(item attr.Item) error {
	for _, name := range []string{t.keys.Hash, t.keys.Range} {
		if name == "" {
			continue
		}
		v, limit := item.Get(name), maxHashBytes
		if name == t.keys.Range {
			limit = maxRangeBytes
		}
		if v.Str == "" {
			return expr.EmptyKey(name, v.Kind)
		}
		if v.Kind != attr.Number && len(v.Str) > limit {
			return keyTooLong(limit)
		}
	}
	return nil
}

// checkItem refuses an item to put that has not the table's key, or unfit values for its indexes.
func (t *table) checkItem(item attr.Item) error {
	for _, name := range []string{t.keys.Hash, t.keys.Range} {
		if name == "" {
			continue
		}
		v := item.Get(name)
		if v == nil {
			return invalid("One or more parameter values were invalid: Missing the key " + name + " in the item")
		}
		if v.Kind != t.kind(name) {
			return invalid("One or more parameter values were invalid: Type mismatch for key " + name +
				" expected: " + t.kind(name).String() + " actual: " + v.Kind.String())
		}
	}
	if err := t.checkKeyValues(item); err != nil {
		return err
	}
	if item.Size() > attr.MaxItemSize {
		return invalid("Item size has exceeded the maximum allowed size")
	}
	for _, ix := range t.indexes {
		if err := ix.checkKeys(item, false); err != nil {
			return err
		}
	}
	return nil
}

// checkUpdate refuses an update of a key attribute.
func (t *table) checkUpdate(q *request) error {
	if q.upd == nil {
		return nil
	}
	for _, name := range q.upd.Attributes(q.updBound) {
		if name == t.keys.Hash || name == t.keys.Range {
			return invalid("One or more parameter values were invalid: Cannot update attribute " + name + ". This attribute is part of the key")
		}
	}
	return nil
}

// update returns the item after the request's update; nil if there was none and
// the update only removes, which makes no item.
func (t *table) update(q *request, old attr.Item) (attr.Item, error) {
	item := old
	if item == nil {
		item = slices.Clone(q.key)
	}
	if q.upd == nil {
		return item, nil
	}
	if old == nil && q.upd.OnlyRemoves() {
		return nil, nil
	}
	item, err := q.upd.Apply(q.updBound, item)
	if err != nil {
		return nil, err
	}
	if item.Size() > attr.MaxItemSize {
		return nil, invalid("Item size to update has exceeded the maximum allowed size")
	}
	if item.Depth() > attr.MaxNesting {
		return nil, invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	}
	for _, ix := range t.indexes {
		if err := ix.checkKeys(item, true); err != nil {
			return nil, err
		}
	}
	return item, nil
}
