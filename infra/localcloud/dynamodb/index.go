package dynamodb

import (
	"bytes"
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
)

// index is a secondary index of a table.
type index struct {
	spec   IndexSpec
	global bool
	keys   expr.KeySchema
	prefix []byte // of its entries' keys
	// projected are the attributes that entries have; nil for all.
	projected []string
}

func (t *table) openIndex(spec IndexSpec, global bool) *index {
	ix := &index{spec: spec, global: global, keys: t.spec.schema(spec.Key)}
	ix.prefix = append(numbered(spaceIndex, t.id, 1), t.stored.Indexes[spec.Name])
	if spec.Projection == projectAll {
		return ix
	}
	for _, name := range append([]string{t.keys.Hash, t.keys.Range, spec.Key.Hash, spec.Key.Range}, spec.Include...) {
		if name != "" {
			ix.projected = append(ix.projected, name)
		}
	}
	return ix
}

// index returns the index of a name, nil if the table has none.
func (t *table) index(name string) *index {
	for _, ix := range t.indexes {
		if ix.spec.Name == name {
			return ix
		}
	}
	return nil
}

// holds reports whether the item is in the index: it has the index's keys.
func (ix *index) holds(item attr.Item) bool {
	return item != nil && item.Get(ix.keys.Hash) != nil && (ix.keys.Range == "" || item.Get(ix.keys.Range) != nil)
}

// entryKey returns the store's key of an item's entry: the index's keys, then the table's.
func (ix *index) entryKey(t *table, item attr.Item) []byte {
	out := make([]byte, 0, len(ix.prefix)+160)
	out = appendPartition(append(out, ix.prefix...), item.Get(ix.keys.Hash))
	if ix.keys.Range != "" {
		out = attr.AppendSortable(out, item.Get(ix.keys.Range))
	}
	out = attr.AppendSortable(out, item.Get(t.keys.Hash))
	if t.keys.Range != "" {
		out = attr.AppendSortable(out, item.Get(t.keys.Range))
	}
	return out
}

// project returns what of the item the index has.
func (ix *index) project(item attr.Item) attr.Item {
	if ix.projected == nil {
		return item
	}
	return item.Pick(ix.projected)
}

// lacks returns those of the attributes that the index does not project.
func (ix *index) lacks(names []string) []string {
	if ix.projected == nil {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(ix.projected, name) })
}

// write is a pair for the store; a nil value deletes.
type write struct{ key, value []byte }

// diff returns what a change of an item (nil for none) writes to the index, and
// the write units that this takes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
func (ix *index) diff(t *table, before, after attr.Item) (writes []write, units float64) {
	wasIn, isIn := ix.holds(before), ix.holds(after)
	if !wasIn && !isIn {
		return nil, 0
	}
	var oldKey, newKey, oldValue, newValue []byte
	if wasIn {
		oldKey, oldValue = ix.entryKey(t, before), ix.project(before).AppendStored(nil)
	}
	if isIn {
		newKey, newValue = ix.entryKey(t, after), ix.project(after).AppendStored(nil)
	}
	oldSize, newSize := attr.StoredSize(oldValue), attr.StoredSize(newValue)
	switch {
	case !wasIn:
		return []write{{newKey, newValue}}, writeUnits(newSize)
	case !isIn:
		return []write{{oldKey, nil}}, writeUnits(oldSize)
	case !bytes.Equal(oldKey, newKey):
		return []write{{oldKey, nil}, {newKey, newValue}}, writeUnits(oldSize) + writeUnits(newSize)
	case !bytes.Equal(oldValue, newValue):
		return []write{{newKey, newValue}}, writeUnits(max(oldSize, newSize))
	}
	return nil, 0
}

// checkKeys refuses an item whose value for a key of the index has another type,
// is empty or too long. update tells which message an empty value gets.
func (ix *index) checkKeys(item attr.Item, update bool) error {
	for _, k := range []struct {
		name  string
		kind  attr.Kind
		limit int
	}{{ix.keys.Hash, ix.keys.HashKind, maxHashBytes}, {ix.keys.Range, ix.keys.RangeKind, maxRangeBytes}} {
		v := item.Get(k.name)
		switch {
		case k.name == "" || v == nil:
		case v.Kind != k.kind:
			return invalid("One or more parameter values were invalid: Type mismatch for Index Key " + k.name +
				" Expected: " + k.kind.String() + " Actual: " + v.Kind.String() + " IndexName: " + ix.spec.Name)
		case v.Str == "" && update:
			return invalid("One or more parameter values are not valid. The update expression attempted to update a secondary index key " +
				"to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty " + emptyKind(k.kind) + " value.")
		case v.Str == "":
			return invalid("One or more parameter values are not valid. A value specified for a secondary index key is not supported. " +
				"The AttributeValue for a key attribute cannot contain an empty " + emptyKind(k.kind) + " value. IndexName: " + ix.spec.Name + ", IndexKey: " + k.name)
		case len(v.Str) > k.limit && k.kind != attr.Number:
			return keyTooLong(k.limit)
		}
	}
	return nil
}

func emptyKind(kind attr.Kind) string {
	if kind == attr.Binary {
		return "binary"
	}
	return "string"
}

func keyTooLong(limit int) error {
	if limit == maxHashBytes {
		return invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes")
	}
	return invalid("One or more parameter values were invalid: Size of rangekey has exceeded the maximum size limit of1024 bytes")
}
