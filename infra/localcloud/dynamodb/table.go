package dynamodb

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// table is a table that exists. It changes only under the service's gate.
type table struct {
	stored  storedTable
	id      uint32
	spec    *TableSpec
	keys    expr.KeySchema
	indexes []*index
	stream  *stream // nil if it has none
}

// storedTable is how a table is kept in the store, as JSON.
type storedTable struct {
	ID      uint32
	Spec    TableSpec
	Created time.Time
	// Indexes are the numbers of the indexes in keys, by name. A number is never
	// given again, as NextIndex only rises.
	Indexes   map[string]byte
	NextIndex byte
	// The stream's number, the moment of its making (which is its label), and its
	// number of shards.
	StreamID     uint32
	StreamAt     time.Time
	StreamShards int
}

// loadTables opens all tables that the store has.
func (s *Service) loadTables() error {
	s.tables = map[string]*table{}
	prefix := space(spaceTable, 0)
	var failed error
	err := s.store.Scan(prefix, kv.PrefixEnd(prefix), false, func(_, value []byte) bool {
		var st storedTable
		if failed = json.Unmarshal(value, &st); failed == nil {
			s.tables[st.Spec.Name] = s.open(st)
		}
		return failed == nil
	})
	if err != nil || failed != nil {
		return fmt.Errorf("tables: %w", orElse(err, failed))
	}
	for _, t := range s.tables {
		if t.stream != nil {
			if err := t.stream.load(); err != nil {
				return fmt.Errorf("stream of %s: %w", t.spec.Name, err)
			}
		}
	}
	return nil
}

func orElse(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// open makes the table that is stored so.
func (s *Service) open(st storedTable) *table {
	t := &table{stored: st, id: st.ID}
	t.spec = &t.stored.Spec
	t.keys = t.spec.schema(t.spec.Key)
	for i, ix := range slices.Concat(t.spec.GlobalIndexes, t.spec.LocalIndexes) {
		t.indexes = append(t.indexes, t.openIndex(ix, i < len(t.spec.GlobalIndexes)))
	}
	if t.spec.StreamView != "" {
		t.stream = s.openStream(t)
	}
	return t
}

// keep writes the table's description.
func (t *table) keep(b *kv.Batch) error {
	text, err := json.Marshal(t.stored)
	if err != nil {
		return err
	}
	b.Set(append(space(spaceTable, len(t.spec.Name)), t.spec.Name...), text)
	return nil
}

// CreateTable declares a table. If it exists already, its indexes, stream and
// time to live become the declared ones; a different key is an error, as is
// anything that DynamoDB refuses.
func (s *Service) CreateTable(spec TableSpec) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := spec.check(); err != nil {
		return err
	}
	t, exists := s.tables[spec.Name]
	if !exists {
		_, err := s.makeTable(spec)
		return err
	}
	old := t.spec
	if old.Key != spec.Key || !sameTypes(old, &spec) || !reflect.DeepEqual(old.LocalIndexes, spec.LocalIndexes) {
		return &failure{kind: kindInUse, message: "Table " + spec.Name + " exists with another key or other local indexes; these cannot be changed"}
	}
	return s.changeTable(t, spec)
}

// sameTypes reports whether the attributes that both name have the same types.
func sameTypes(a, b *TableSpec) bool {
	for name, kind := range a.Attributes {
		if other, ok := b.Attributes[name]; ok && other != kind {
			return false
		}
	}
	return true
}

// makeTable makes a new table; the caller holds the gate.
func (s *Service) makeTable(spec TableSpec) (*table, error) {
	var b kv.Batch
	id, err := s.number()
	if err != nil {
		return nil, err
	}
	st := storedTable{ID: id, Spec: spec, Created: s.clock.Now().UTC(), Indexes: map[string]byte{}}
	st.number()
	if spec.StreamView != "" {
		if err := s.newStream(&st); err != nil {
			return nil, err
		}
	}
	t := s.open(st)
	if err := t.keep(&b); err != nil {
		return nil, err
	}
	if err := s.store.Commit(&b); err != nil {
		return nil, err
	}
	s.tables[spec.Name] = t
	return t, nil
}

// number gives each index that has none a number, and forgets those of indexes that are gone.
func (st *storedTable) number() {
	numbers := map[string]byte{}
	for _, ix := range slices.Concat(st.Spec.GlobalIndexes, st.Spec.LocalIndexes) {
		n, ok := st.Indexes[ix.Name]
		if !ok {
			n = st.NextIndex
			st.NextIndex++
		}
		numbers[ix.Name] = n
	}
	st.Indexes = numbers
}

// number returns a number that no table or stream has had or will have.
func (s *Service) number() (uint32, error) {
	key := space(spaceNext, 0)
	v, ok, err := s.store.Get(key)
	if err != nil {
		return 0, err
	}
	next := uint32(1)
	if ok {
		next = binary.BigEndian.Uint32(v)
	}
	var b kv.Batch
	b.Set(key, binary.BigEndian.AppendUint32(nil, next+1))
	return next, s.store.Commit(&b)
}

// table returns the table of a name or ARN.
func (s *Service) table(name string) (*table, error) {
	if t, ok := s.tables[name]; ok {
		return t, nil
	}
	if _, short, isARN := strings.Cut(name, ":table/"); isARN {
		name = short
	}
	if name == "" {
		return nil, missing("tableName")
	}
	if err := checkTableName(name); err != nil {
		return nil, err
	}
	if t, ok := s.tables[name]; ok {
		return t, nil
	}
	return nil, notFound
}

// arn returns the table's ARN.
func (s *Service) arn(name string) string {
	return "arn:aws:dynamodb:" + s.region + ":" + s.account + ":table/" + name
}

// tableNames returns all tables' names, sorted.
func (s *Service) tableNames() []string { return slices.Sorted(maps.Keys(s.tables)) }
