package dynamodb

import (
	"reflect"
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// backfillBatch is how many items are indexed in one commit.
const backfillBatch = 500

// changeTable makes an existing table what spec declares: indexes that are new or
// changed are filled, those that are gone are emptied, a changed stream begins
// anew. The caller holds the gate. A crash on the way leaves the old table, and
// the next declaration does it all again.
func (s *Service) changeTable(t *table, spec TableSpec) error {
	if reflect.DeepEqual(*t.spec, spec) {
		return nil
	}
	if err := s.drainLag(); err != nil {
		return err
	}
	st, kept := t.renumbered(spec)
	var b kv.Batch
	newStream := spec.StreamView != t.spec.StreamView || spec.StreamLabel != t.spec.StreamLabel
	if newStream {
		t.dropStream(&b)
		if spec.StreamView != "" {
			if err := s.newStream(&st); err != nil {
				return err
			}
		}
	}
	next := s.open(st)
	if !newStream {
		next.stream = t.stream
	}
	if err := s.refill(t, next, kept < len(st.Indexes)); err != nil {
		return err
	}
	for _, ix := range t.indexes {
		if n, ok := st.Indexes[ix.spec.Name]; !ok || n != t.stored.Indexes[ix.spec.Name] {
			b.DeleteRange(ix.prefix, kv.PrefixEnd(ix.prefix))
		}
	}
	if err := next.keep(&b); err != nil {
		return err
	}
	if err := s.store.Commit(&b); err != nil {
		return err
	}
	s.tables[spec.Name] = next
	return nil
}

// renumbered returns the table's description with another specification, in which
// the indexes that stay as they are keep their numbers, and how many those are.
func (t *table) renumbered(spec TableSpec) (st storedTable, kept int) {
	st = t.stored
	st.Spec = spec
	st.Indexes = map[string]byte{}
	declared := slices.Concat(spec.GlobalIndexes, spec.LocalIndexes)
	for _, ix := range t.indexes {
		if slices.ContainsFunc(declared, func(x IndexSpec) bool { return reflect.DeepEqual(x, ix.spec) }) {
			st.Indexes[ix.spec.Name] = t.stored.Indexes[ix.spec.Name]
		}
	}
	kept = len(st.Indexes)
	st.number()
	return st, kept
}

// refill writes the entries of next's new indexes, and its list of expiries if the
// time to live has changed.
func (s *Service) refill(t, next *table, indexes bool) error {
	expiries := t.spec.TTL != next.spec.TTL
	if !indexes && !expiries {
		return nil
	}
	fresh := slices.DeleteFunc(slices.Clone(next.indexes), func(ix *index) bool {
		n, was := t.stored.Indexes[ix.spec.Name]
		return was && n == next.stored.Indexes[ix.spec.Name]
	})
	var b kv.Batch
	for _, ix := range fresh {
		b.DeleteRange(ix.prefix, kv.PrefixEnd(ix.prefix))
	}
	if expiries {
		prefix := numbered(spaceExpiry, t.id, 0)
		b.DeleteRange(prefix, kv.PrefixEnd(prefix))
	}
	if err := s.store.Commit(&b); err != nil {
		return err
	}
	b.Reset()
	err := s.eachItem(t, func(key []byte, item attr.Item) error {
		for _, ix := range fresh {
			if ix.checkKeys(item, false) == nil { // what does not fit is left out, as DynamoDB does
				writes, _ := ix.diff(next, nil, item)
				apply(&b, writes)
			}
		}
		if expiries {
			s.stageExpiry(&b, &mutation{t: next, key: key, item: item})
		}
		if b.Len() < backfillBatch {
			return nil
		}
		defer b.Reset()
		return s.store.Commit(&b)
	})
	return orElse(err, s.store.Commit(&b))
}

// storedItem is an item as the store has it.
type storedItem struct{ key, stored []byte }

// eachItem calls fn with each item of the table and its key. It holds no scan of
// the store open while fn runs, so that fn may use the store.
func (s *Service) eachItem(t *table, fn func(key []byte, item attr.Item) error) error {
	lower := numbered(spaceItem, t.id, 0)
	upper := kv.PrefixEnd(lower)
	for {
		var some []storedItem
		err := s.store.Scan(lower, upper, false, func(key, stored []byte) bool {
			some = append(some, storedItem{slices.Clone(key), slices.Clone(stored)})
			return len(some) < backfillBatch
		})
		if err != nil || len(some) == 0 {
			return err
		}
		for _, x := range some {
			item, err := attr.ReadStored(x.stored)
			if err != nil {
				return err
			}
			if err := fn(x.key, item); err != nil {
				return err
			}
		}
		lower = append(some[len(some)-1].key, 0)
	}
}
