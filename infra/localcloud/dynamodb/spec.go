package dynamodb

import (
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
)

// TableSpec declares a table, as AWS::DynamoDB::Table does.
type TableSpec struct {
	Name string
	// Attributes are the types (S, N or B) of all key attributes, by name.
	Attributes map[string]string
	Key        Key
	// GlobalIndexes and LocalIndexes are the secondary indexes.
	GlobalIndexes []IndexSpec
	LocalIndexes  []IndexSpec
	// StreamView is KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; empty for no stream.
	StreamView string
	// StreamLabel is the end of the stream's ARN; empty for the moment of its making.
	StreamLabel string
	// TTL is the attribute with an item's expiry in Unix seconds; empty for none.
	TTL string
	// Recovery is whether point-in-time recovery is on. It is only reported.
	Recovery bool
}

// Key names the partition key and the sort key; Range is empty if there is none.
type Key struct{ Hash, Range string }

// IndexSpec declares a secondary index.
type IndexSpec struct {
	Name string
	Key  Key
	// Projection is ALL, KEYS_ONLY or INCLUDE; Include are INCLUDE's attributes.
	Projection string
	Include    []string
}

// The projections.
const (
	projectAll      = "ALL"
	projectKeysOnly = "KEYS_ONLY"
	projectInclude  = "INCLUDE"
)

var streamViews = []string{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"}

// Limits of tables.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	minTableName     = 3
	maxTableName     = 255
	maxKeyName       = 255
	maxGlobalIndexes = 20
	maxLocalIndexes  = 5
	maxIncluded      = 100
	maxHashBytes     = 2048
	maxRangeBytes    = 1024
)

const errTableName = "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, " +
	"and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'"

func checkTableName(name string) error {
	if len(name) < minTableName || len(name) > maxTableName {
		return invalid(errTableName)
	}
	for i := range len(name) {
		c := name[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.' {
			return invalid(errTableName)
		}
	}
	return nil
}

// check refuses a specification that DynamoDB would refuse.
func (t *TableSpec) check() error {
	if err := checkTableName(t.Name); err != nil {
		return err
	}
	if err := t.checkKeyNames(); err != nil {
		return err
	}
	used := map[string]bool{}
	if err := t.checkKey(t.Key, used); err != nil {
		return err
	}
	if len(t.LocalIndexes) > 0 && t.Key.Range == "" {
		return invalid("One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	}
	if len(t.GlobalIndexes) > maxGlobalIndexes || len(t.LocalIndexes) > maxLocalIndexes {
		return invalid("One or more parameter values were invalid: there may be 20 global and 5 local secondary indexes at most")
	}
	names := map[string]bool{}
	for _, ix := range slices.Concat(t.GlobalIndexes, t.LocalIndexes) {
		if names[ix.Name] {
			return invalid("One or more parameter values were invalid: Duplicate index name: " + ix.Name)
		}
		names[ix.Name] = true
		if err := t.checkIndex(ix, used); err != nil {
			return err
		}
	}
	for _, ix := range t.LocalIndexes {
		if ix.Key.Hash != t.Key.Hash || ix.Key.Range == "" {
			return invalid("One or more parameter values were invalid: Index KeySchema must have the table's hash key and a range key for index: " + ix.Name)
		}
	}
	if len(used) != len(t.Attributes) {
		return invalid("One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions must match the keys of the table and its indexes")
	}
	if t.StreamView != "" && !slices.Contains(streamViews, t.StreamView) {
		return invalidValue(t.StreamView, "streamSpecification.streamViewType", "Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]")
	}
	return nil
}

// checkKeyNames refuses names of key and projected attributes that are too long.
func (t *TableSpec) checkKeyNames() error {
	names := []string{t.Key.Hash, t.Key.Range}
	for _, ix := range slices.Concat(t.GlobalIndexes, t.LocalIndexes) {
		names = append(append(names, ix.Key.Hash, ix.Key.Range), ix.Include...)
	}
	for name := range t.Attributes {
		names = append(names, name)
	}
	for _, name := range names {
		if len(name) > maxKeyName {
			return invalidValue(name, "attributeName", "Member must have length less than or equal to 255")
		}
	}
	return nil
}

func (t *TableSpec) checkKey(k Key, used map[string]bool) error {
	if k.Hash == "" {
		return invalid("No Hash Key specified in schema.  All Dynamo DB tables must have exactly one hash key")
	}
	if k.Hash == k.Range {
		return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	}
	for _, name := range []string{k.Hash, k.Range} {
		if name == "" {
			continue
		}
		switch t.Attributes[name] {
		case "S", "N", "B":
		case "":
			return invalid("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [" + name + "]")
		default:
			return invalidValue(t.Attributes[name], "attributeDefinitions.member.attributeType", "Member must satisfy enum value set: [B, N, S]")
		}
		used[name] = true
	}
	return nil
}

func (t *TableSpec) checkIndex(ix IndexSpec, used map[string]bool) error {
	if checkTableName(ix.Name) != nil {
		return invalidValue(ix.Name, "indexName", "Member must have length between 3 and 255 and satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
	}
	if err := t.checkKey(ix.Key, used); err != nil {
		return err
	}
	switch {
	case ix.Projection != projectAll && ix.Projection != projectKeysOnly && ix.Projection != projectInclude:
		return invalid("One or more parameter values were invalid: Unknown ProjectionType: " + ix.Projection)
	case ix.Projection == projectInclude && len(ix.Include) == 0:
		return invalid("One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	case ix.Projection != projectInclude && len(ix.Include) > 0:
		return invalid("One or more parameter values were invalid: ProjectionType is " + ix.Projection + ", but NonKeyAttributes is specified")
	case len(ix.Include) > maxIncluded:
		return invalid("One or more parameter values were invalid: NonKeyAttributes has more than 100 members")
	}
	return nil
}

// schema returns a key's names with their types.
func (t *TableSpec) schema(k Key) expr.KeySchema {
	return expr.KeySchema{
		Hash: k.Hash, HashKind: attr.KindNamed(t.Attributes[k.Hash]),
		Range: k.Range, RangeKind: attr.KindNamed(t.Attributes[k.Range]),
	}
}
