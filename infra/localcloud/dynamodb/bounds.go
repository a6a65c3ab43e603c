package dynamodb

import (
	"bytes"
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// prefix is what the keys of the table's items, or of the index's entries, begin with.
func (f *search) prefix() []byte {
	if f.ix != nil {
		return slices.Clone(f.ix.prefix)
	}
	return numbered(spaceItem, f.t.id, 64)
}

func (f *search) partition(hash *attr.Value) []byte { return appendPartition(f.prefix(), hash) }

// segmentBounds returns the bounds of one of n parts of the partitions' hashes.
func (f *search) segmentBounds(i, n uint64) (lower, upper []byte) {
	at := func(i uint64) []byte {
		h := i << 32 / n
		return append(f.prefix(), byte(h>>24), byte(h>>16), byte(h>>8), byte(h))
	}
	if i == n-1 {
		return at(i), kv.PrefixEnd(f.prefix())
	}
	return at(i), at(i + 1)
}

// bounds returns the keys of the partition that the key condition selects.
func bounds(partition []byte, r expr.KeyRange) (lower, upper []byte) {
	end := kv.PrefixEnd(partition)
	if r.Operator == "" {
		return partition, end
	}
	low := attr.AppendSortable(slices.Clone(partition), r.Low)
	switch r.Operator {
	case "=":
		return low, kv.PrefixEnd(low)
	case "<":
		return partition, low
	case "<=":
		return partition, kv.PrefixEnd(low)
	case ">":
		return kv.PrefixEnd(low), end
	case ">=":
		return low, end
	case "begins_with":
		prefix := attr.AppendSortablePrefix(slices.Clone(partition), r.Low.Str)
		return prefix, kv.PrefixEnd(prefix)
	}
	return low, kv.PrefixEnd(attr.AppendSortable(slices.Clone(partition), r.High)) // BETWEEN
}

// startAfter narrows the bounds to what follows ExclusiveStartKey.
func (f *search) startAfter() error {
	if !f.startGiven {
		return nil
	}
	if err := f.checkStart(); err != nil {
		return err
	}
	var key []byte
	if f.ix != nil {
		key = f.ix.entryKey(f.t, f.start)
	} else {
		key = f.t.itemKey(f.start)
	}
	after := append(slices.Clone(key), 0)
	switch {
	case bytes.Compare(key, f.lower) < 0 || bytes.Compare(key, f.upper) >= 0:
		return f.outside()
	case f.backward:
		f.upper = key
	default:
		f.lower = after
	}
	return nil
}
