package dynamodb

import (
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

func (s *Service) getItem(body, out []byte) ([]byte, error) {
	var q request
	if err := q.parse(body, paramsGet); err != nil {
		return nil, err
	}
	if err := q.checkEnums(); err != nil {
		return nil, err
	}
	t, err := s.keyed(&q)
	if err != nil {
		return nil, err
	}
	stored, found, err := s.store.Get(t.itemKey(q.key))
	if err != nil {
		return nil, err
	}
	u := units{table: readUnits(attr.StoredSize(stored), q.consistent)}
	s.countReads(u)
	out = append(out, '{')
	if found {
		if out, err = q.appendStored(append(out, `"Item":`...), stored); err != nil {
			return nil, err
		}
	}
	out = q.appendConsumed(out, t, &u)
	return append(out, '}'), nil
}

// keyed compiles a request that has a Key and returns its table.
func (s *Service) keyed(q *request) (*table, error) {
	if !q.table.given {
		return nil, missing("tableName")
	}
	if !q.keyGiven {
		return nil, missing("key")
	}
	if err := s.compile(q); err != nil {
		return nil, err
	}
	t, err := s.table(q.table.value)
	if err != nil {
		return nil, err
	}
	return t, t.checkKey(q.key)
}

// appendStored appends what the projection asks for of a stored item.
func (q *request) appendStored(out, stored []byte) ([]byte, error) {
	if q.proj == nil {
		return attr.AppendStoredJSON(out, stored), nil
	}
	item, err := attr.ReadStored(stored)
	if err != nil {
		return nil, err
	}
	return q.appendItem(out, item), nil
}

// appendConsumed appends the member ConsumedCapacity, if it was asked for, to an
// object that is open.
func (q *request) appendConsumed(out []byte, t *table, u *units) []byte {
	if !q.capacity.given || q.capacity.value == capacityNone {
		return out
	}
	out = append(member(out), `"ConsumedCapacity":`...)
	return appendCapacity(out, t, u, q.capacity.value, "")
}

// member appends the comma before a further member of an open object.
func member(out []byte) []byte {
	if out[len(out)-1] != '{' {
		return append(out, ',')
	}
	return out
}
