package dynamodb

import (
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

func (s *Service) transactGetItems(body, out []byte) ([]byte, error) {
	var tx transaction
	if err := tx.parse(body, "Get ", "ReturnConsumedCapacity "); err != nil {
		return nil, err
	}
	if err := tx.prepare(s); err != nil {
		return nil, err
	}
	var consumed tableUnits
	out = append(out, `{"Responses":[`...)
	defer s.locks.lock(tx.keys()...)()
	total := 0
	for i, a := range tx.actions {
		stored, found, err := s.store.Get(a.key)
		if err != nil {
			return nil, err
		}
		total += attr.StoredSize(stored)
		consumed.add(a.t, units{table: transactional * readUnits(attr.StoredSize(stored), true)})
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '{')
		if found {
			if out, err = a.appendStored(append(out, `"Item":`...), stored); err != nil {
				return nil, err
			}
		}
		out = append(out, '}')
	}
	if total > maxTransactBytes {
		return nil, invalid("Transaction response size cannot exceed 4MB. Response size: " + strconv.Itoa(total))
	}
	for _, u := range consumed.units {
		s.countReads(u)
	}
	out = consumed.appendConsumed(append(out, ']'), tx.capacity, "Read")
	return append(out, '}'), nil
}
