package dynamodb

import (
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// The values of ReturnValues.
const (
	returnNone       = "NONE"
	returnAllOld     = "ALL_OLD"
	returnAllNew     = "ALL_NEW"
	returnUpdatedOld = "UPDATED_OLD"
	returnUpdatedNew = "UPDATED_NEW"
)

func (s *Service) putItem(body, out []byte) ([]byte, error) {
	return s.writeItem(writing{body: body, out: out, params: paramsPut, put: true}, func(t *table, q *request, m *mutation) error {
		m.item = q.item
		return nil
	})
}

func (s *Service) deleteItem(body, out []byte) ([]byte, error) {
	return s.writeItem(writing{body: body, out: out, params: paramsDelete}, func(*table, *request, *mutation) error { return nil })
}

func (s *Service) updateItem(body, out []byte) ([]byte, error) {
	return s.writeItem(writing{body: body, out: out, params: paramsUpdate, update: true}, func(t *table, q *request, m *mutation) (err error) {
		m.item, err = t.update(q, m.old)
		return err
	})
}

// writing is what the three writes of one item differ in.
type writing struct {
	body, out   []byte
	params      params
	put, update bool
}

// writeItem reads the old item, tests the condition, lets change make the new
// item, and commits.
func (s *Service) writeItem(w writing, change func(t *table, q *request, m *mutation) error) ([]byte, error) {
	var q request
	if err := q.parse(w.body, w.params); err != nil {
		return nil, err
	}
	t, key, err := s.prepareWrite(&q, w)
	if err != nil {
		return nil, err
	}
	defer s.locks.lock(key)()
	m, err := s.read(t, key)
	if err != nil {
		return nil, err
	}
	if !q.passes(m.old) {
		s.countWrites(units{table: writeUnits(attr.StoredSize(m.stored))})
		return nil, q.conditionFailed(m.stored)
	}
	if err := change(t, &q, &m); err != nil {
		return nil, err
	}
	if !s.admits(&m, 1) {
		return nil, throttled(kindThrottled)
	}
	var st staged
	u := s.stage(&st, &m)
	if err := s.commit(&st); err != nil {
		return nil, err
	}
	s.countWrites(u)
	out := append(w.out, '{')
	out = q.appendReturned(out, &m)
	out = q.appendConsumed(out, t, &u)
	return append(out, '}'), nil
}

// prepareWrite compiles and checks a write and returns its table and the item's key.
func (s *Service) prepareWrite(q *request, w writing) (*table, []byte, error) {
	if !q.table.given {
		return nil, nil, missing("tableName")
	}
	if w.put != q.itemGiven || w.put == q.keyGiven {
		if w.put {
			return nil, nil, missing("item")
		}
		return nil, nil, missing("key")
	}
	if err := q.checkEnums(); err != nil {
		return nil, nil, err
	}
	if r := q.returnValues.value; q.returnValues.given && !w.update && r != returnNone && r != returnAllOld {
		return nil, nil, invalid("Return values set to invalid value")
	}
	if err := s.compile(q); err != nil {
		return nil, nil, err
	}
	t, err := s.table(q.table.value)
	if err != nil {
		return nil, nil, err
	}
	if q.metrics.value == "SIZE" && len(t.spec.LocalIndexes) > 0 {
		return nil, nil, wire.Unsupported("ReturnItemCollectionMetrics on a table with local secondary indexes")
	}
	if w.put {
		if err := t.checkItem(q.item); err != nil {
			return nil, nil, err
		}
		return t, t.itemKey(q.item), nil
	}
	if err := t.checkKey(q.key); err != nil {
		return nil, nil, err
	}
	return t, t.itemKey(q.key), t.checkUpdate(q)
}

// conditionFailed is the error of a condition that does not hold, with the old
// item if that was asked for.
func (q *request) conditionFailed(stored []byte) error {
	if q.onFailure.value != returnAllOld || stored == nil {
		return errCondition
	}
	f := *errCondition
	f.more = attr.AppendStoredJSON([]byte(`,"Item":`), stored)
	return &f
}

// appendReturned appends the member Attributes, if ReturnValues asks for any and there are any.
func (q *request) appendReturned(out []byte, m *mutation) []byte {
	var item attr.Item
	switch q.returnValues.value {
	case returnAllOld:
		item = m.old
	case returnAllNew:
		item = m.item
	case returnUpdatedOld:
		item = q.touched(m.old)
	case returnUpdatedNew:
		item = q.touched(m.item)
	}
	if len(item) == 0 {
		return out
	}
	return item.AppendJSON(append(out, `"Attributes":`...))
}

func (q *request) touched(item attr.Item) attr.Item {
	if q.upd == nil || item == nil {
		return nil
	}
	return q.upd.Touched(q.updBound, item)
}
