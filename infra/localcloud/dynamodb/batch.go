package dynamodb

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// Limits of batches.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const (
	maxBatchWrites = 25
	maxBatchGets   = 100
	maxBatchBytes  = 16 << 20
)

// tableUnits collects the capacity of an operation on several tables.
type tableUnits struct {
	tables []*table
	units  []units
}

func (c *tableUnits) add(t *table, u units) {
	at := slices.Index(c.tables, t)
	if at < 0 {
		at = len(c.tables)
		c.tables = append(c.tables, t)
		c.units = append(c.units, units{})
	}
	c.units[at].add(u)
}

// appendConsumed appends the member ConsumedCapacity of an operation on several tables.
func (c *tableUnits) appendConsumed(out []byte, detail text, kind string) []byte {
	if !detail.given || detail.value == capacityNone || len(c.tables) == 0 {
		return out
	}
	out = append(member(out), `"ConsumedCapacity":[`...)
	for i, t := range c.tables {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCapacity(out, t, &c.units[i], detail.value, kind)
	}
	return append(out, ']')
}

// batch are the parameters of a batch operation; each reads RequestItems in its own way.
type batch struct {
	request
	readTable func(r *wirejson.Reader, table string)
	given     bool
}

func (b *batch) parse(body []byte, allowed params) error {
	r := wirejson.NewReader(body)
	if !r.Object() {
		return r.Err()
	}
	var name string
	for first := true; r.NextKey(&name, &first); {
		switch {
		case r.Null():
		case name == "RequestItems":
			r.Object()
			for first := true; r.NextKey(&name, &first); {
				b.given = true
				b.readTable(r, name)
			}
		case allowed.has(name):
			b.member(r, name)
		default:
			r.Fail(wire.Unsupported("the DynamoDB parameter " + name))
		}
	}
	r.End()
	return orElse(r.Err(), b.checkEnums())
}

// putOrDelete is one request of a BatchWriteItem.
type putOrDelete struct {
	table string
	item  attr.Item // to put
	key   attr.Item // to delete
}

func (s *Service) batchWriteItem(body, out []byte) ([]byte, error) {
	var writes []putOrDelete
	b := batch{readTable: func(r *wirejson.Reader, table string) {
		before := len(writes)
		writes = readBatchWrites(r, table, writes)
		if len(writes) == before {
			r.Fail(invalid("The batch write request list for a table cannot be null or empty: " + table))
		}
	}}
	if err := b.parse(body, "ReturnConsumedCapacity ReturnItemCollectionMetrics "); err != nil {
		return nil, err
	}
	if !b.given {
		return nil, missing("requestItems")
	}
	if len(writes) > maxBatchWrites {
		return nil, invalidValue("{"+strconv.Itoa(len(writes))+" requests}", "requestItems", "Map value must satisfy constraint: "+
			"[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]")
	}
	consumed, err := s.writeBatch(writes)
	if err != nil {
		return nil, err
	}
	out = append(out, `{"UnprocessedItems":{}`...)
	return append(consumed.appendConsumed(out, b.capacity, ""), '}'), nil
}

func readBatchWrites(r *wirejson.Reader, table string, out []putOrDelete) []putOrDelete {
	r.Array()
	for first := true; r.NextItem(&first); {
		w := putOrDelete{table: table}
		var kind, name string
		r.Object()
		for first := true; r.NextKey(&kind, &first); {
			r.Object()
			for first := true; r.NextKey(&name, &first); {
				switch {
				case kind == "PutRequest" && name == "Item":
					w.item = attr.ReadItem(r)
				case kind == "DeleteRequest" && name == "Key":
					w.key = attr.ReadItem(r)
				default:
					r.Fail(wire.Unsupported("the DynamoDB parameter " + kind + "." + name))
				}
			}
		}
		if (w.item == nil) == (w.key == nil) {
			r.Fail(invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"))
		}
		out = append(out, w)
	}
	return out
}

// writeBatch writes all in one commit. DynamoDB promises less: each by itself.
func (s *Service) writeBatch(writes []putOrDelete) (tableUnits, error) {
	var consumed tableUnits
	tables, keys := make([]*table, len(writes)), make([][]byte, len(writes))
	for i, w := range writes {
		t, err := s.table(w.table)
		if err != nil {
			return consumed, err
		}
		if w.item != nil {
			err = t.checkItem(w.item)
		} else {
			err = t.checkKey(w.key)
		}
		if err != nil {
			return consumed, err
		}
		tables[i], keys[i] = t, t.itemKey(slices.Concat(w.item, w.key))
	}
	if hasDuplicates(keys) {
		return consumed, invalid("Provided list of item keys contains duplicates")
	}
	defer s.locks.lock(keys...)()
	var st staged
	for i, w := range writes {
		m, err := s.read(tables[i], keys[i])
		if err != nil {
			return consumed, err
		}
		m.item = w.item
		consumed.add(tables[i], s.stage(&st, &m))
	}
	if err := s.commit(&st); err != nil {
		return consumed, err
	}
	for _, u := range consumed.units {
		s.countWrites(u)
	}
	return consumed, nil
}

func hasDuplicates(keys [][]byte) bool {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, bytes.Compare)
	return len(slices.CompactFunc(sorted, bytes.Equal)) < len(keys)
}
