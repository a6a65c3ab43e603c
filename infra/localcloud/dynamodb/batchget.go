package dynamodb

import (
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// tableGets are the keys that a BatchGetItem asks of one table.
type tableGets struct {
	request
	name string
	keys []attr.Item
	t    *table
	kept [][]byte // the keys' form in the store
	// left are the keys that did not fit into the answer.
	left []attr.Item
}

func (s *Service) batchGetItem(body, out []byte) ([]byte, error) {
	var gets []*tableGets
	b := batch{readTable: func(r *wirejson.Reader, table string) {
		g := &tableGets{name: table}
		g.readKeys(r)
		gets = append(gets, g)
	}}
	if err := b.parse(body, "ReturnConsumedCapacity "); err != nil {
		return nil, err
	}
	if !b.given {
		return nil, missing("requestItems")
	}
	if err := s.prepareGets(gets); err != nil {
		return nil, err
	}
	var consumed tableUnits
	out = append(out, `{"Responses":{`...)
	size := 0
	for _, g := range gets {
		out = append(wirejson.AppendString(member(out), g.name), ':', '[')
		var err error
		if out, err = s.appendGets(out, g, &size, &consumed); err != nil {
			return nil, err
		}
		out = append(out, ']')
	}
	out = append(out, `},"UnprocessedKeys":{`...)
	for _, g := range gets {
		if len(g.left) > 0 {
			out = g.appendLeft(member(out))
		}
	}
	out = append(out, '}')
	for _, u := range consumed.units {
		s.countReads(u)
	}
	return append(consumed.appendConsumed(out, b.capacity, ""), '}'), nil
}

// readKeys reads what is asked of one table.
func (g *tableGets) readKeys(r *wirejson.Reader) {
	r.Object()
	var name string
	for first := true; r.NextKey(&name, &first); {
		switch name {
		case "Keys":
			r.Array()
			for first := true; r.NextItem(&first); {
				g.keys = append(g.keys, attr.ReadItem(r))
			}
		case "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames":
			g.member(r, name)
		default:
			if legacy.has(name) {
				name = "legacy parameter " + name
			}
			r.Fail(wire.Unsupported("the DynamoDB parameter RequestItems." + name))
		}
	}
	if len(g.keys) == 0 {
		r.Fail(invalid("The list of keys in RequestItems for BatchGetItem is required"))
	}
}

func (s *Service) prepareGets(gets []*tableGets) error {
	total := 0
	var all [][]byte
	for _, g := range gets {
		total += len(g.keys)
	}
	if total > maxBatchGets {
		return invalid("Too many items requested for the BatchGetItem call")
	}
	for _, g := range gets {
		if err := s.compile(&g.request); err != nil {
			return err
		}
		var err error
		if g.t, err = s.table(g.name); err != nil {
			return err
		}
		for _, key := range g.keys {
			if err := g.t.checkKey(key); err != nil {
				return err
			}
			g.kept = append(g.kept, g.t.itemKey(key))
		}
		all = append(all, g.kept...)
	}
	if hasDuplicates(all) {
		return invalid("Provided list of item keys contains duplicates")
	}
	return nil
}

// appendGets appends a table's items, until the answer has its full size.
func (s *Service) appendGets(out []byte, g *tableGets, size *int, consumed *tableUnits) ([]byte, error) {
	for i, key := range g.kept {
		stored, found, err := s.store.Get(key)
		if err != nil {
			return nil, err
		}
		n := attr.StoredSize(stored)
		if *size+n > maxBatchBytes {
			g.left = append(g.left, g.keys[i])
			continue
		}
		*size += n
		consumed.add(g.t, units{table: readUnits(n, g.consistent)})
		if !found {
			continue
		}
		if out[len(out)-1] != '[' {
			out = append(out, ',')
		}
		if out, err = g.appendStored(out, stored); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// appendLeft appends the entry of UnprocessedKeys: the table's parameters with
// the keys that are left.
func (g *tableGets) appendLeft(out []byte) []byte {
	out = append(wirejson.AppendString(out, g.name), `:{"Keys":[`...)
	for i, key := range g.left {
		if i > 0 {
			out = append(out, ',')
		}
		out = key.AppendJSON(out)
	}
	out = append(out, ']')
	if g.consistent {
		out = append(out, `,"ConsistentRead":true`...)
	}
	if g.projection.given {
		out = wirejson.AppendString(append(out, `,"ProjectionExpression":`...), g.projection.value)
	}
	if g.namesGiven {
		out = append(out, `,"ExpressionAttributeNames":{`...)
		for _, n := range g.names.Names {
			out = append(wirejson.AppendString(member(out), n.Key), ':')
			out = wirejson.AppendString(out, n.Attribute)
		}
		out = append(out, '}')
	}
	return append(out, '}')
}
