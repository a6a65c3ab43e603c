package dynamodb

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// decode reads the parameters of an operation on tables, which are rare: a
// parameter that into has not is an error.
func decode(body []byte, into any) error {
	if r := wirejson.NewReader(body); !r.Object() {
		return r.Err()
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if json.Valid(body) {
			return wire.Unsupported("a parameter: " + err.Error())
		}
		return &failure{kind: kindSerialization, message: "The request is not the JSON that the operation expects"}
	}
	return nil
}

type tableName struct {
	TableName *string
}

// existing returns the table that operations on tables name.
func (s *Service) existing(name *string) (*table, error) {
	if name == nil {
		return nil, missing("tableName")
	}
	t, err := s.table(*name)
	if err == error(notFound) {
		return nil, &failure{kind: kindNotFound, message: "Requested resource not found: Table: " + *name + " not found"}
	}
	return t, err
}

func (s *Service) createTable(body, out []byte) ([]byte, error) {
	var in createTableInput
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	spec, err := in.spec()
	if err != nil {
		return nil, err
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	if _, ok := s.tables[spec.Name]; ok {
		return nil, &failure{kind: kindInUse, message: "Table already exists: " + spec.Name}
	}
	t, err := s.makeTable(*spec)
	if err != nil {
		return nil, err
	}
	return s.appendDescription(append(out, `{"TableDescription":`...), t, statusActive)
}

func (s *Service) describeTable(body, out []byte) ([]byte, error) {
	var in tableName
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	t, err := s.existing(in.TableName)
	if err != nil {
		return nil, err
	}
	return s.appendDescription(append(out, `{"Table":`...), t, statusActive)
}

func (s *Service) deleteTable(body, out []byte) ([]byte, error) {
	var in tableName
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	t, err := s.existing(in.TableName)
	if err != nil {
		return nil, err
	}
	var b kv.Batch
	b.Delete(append(space(spaceTable, len(t.spec.Name)), t.spec.Name...))
	for _, letter := range []byte{spaceItem, spaceIndex, spaceExpiry} {
		prefix := numbered(letter, t.id, 0)
		b.DeleteRange(prefix, kv.PrefixEnd(prefix))
	}
	t.dropStream(&b)
	if err := s.store.Commit(&b); err != nil {
		return nil, err
	}
	delete(s.tables, t.spec.Name)
	return s.appendDescription(append(out, `{"TableDescription":`...), t, statusDeleting)
}

// dropStream removes what the store has of the table's stream.
func (t *table) dropStream(b *kv.Batch) {
	if t.stream == nil {
		return
	}
	for _, letter := range []byte{spaceRecord, spaceFloor} {
		prefix := numbered(letter, t.stream.id, 0)
		b.DeleteRange(prefix, kv.PrefixEnd(prefix))
	}
}

func (s *Service) listTables(body, out []byte) ([]byte, error) {
	in := struct {
		Limit                   *int
		ExclusiveStartTableName *string
	}{}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	limit := 100
	if in.Limit != nil {
		if limit = *in.Limit; limit < 1 || limit > 100 {
			return nil, invalidValue(strconv.Itoa(limit), "limit", "Member must have value between 1 and 100")
		}
	}
	names := s.tableNames()
	if in.ExclusiveStartTableName != nil {
		at, found := slices.BinarySearch(names, *in.ExclusiveStartTableName)
		if found {
			at++
		}
		names = names[at:]
	}
	answer := struct {
		TableNames             []string
		LastEvaluatedTableName string `json:",omitempty"`
	}{TableNames: names}
	if len(names) > limit {
		answer.TableNames, answer.LastEvaluatedTableName = names[:limit], names[limit-1]
	}
	if answer.TableNames == nil {
		answer.TableNames = []string{}
	}
	return appendJSON(out, answer)
}

func appendJSON(out []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	return append(out, text...), err
}
