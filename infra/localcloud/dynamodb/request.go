package dynamodb

import (
	"errors"
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// text is an optional string parameter.
type text struct {
	value string
	given bool
}

// number is an optional whole-number parameter.
type number struct {
	value int64
	given bool
}

// request are the parameters of an operation on items; each has some of them.
type request struct {
	table, index                    text
	key, item, start                attr.Item
	condition, update, projection   text
	keyCondition, filter            text
	names                           expr.Placeholders
	namesGiven, valuesGiven         bool
	returnValues, onFailure         text
	capacity, metrics, selectWhat   text
	consistent, backward            bool
	limit, segment, segments        number
	keyGiven, itemGiven, startGiven bool
	compiled
}

// params are the names of the parameters that an operation has, each followed by a space.
type params string

// The parameters of the operations, without those that are not supported.
const (
	paramsGet    params = "TableName Key ConsistentRead ProjectionExpression ExpressionAttributeNames ReturnConsumedCapacity "
	paramsWrite  params = "TableName ConditionExpression ExpressionAttributeNames ExpressionAttributeValues ReturnValues ReturnConsumedCapacity ReturnItemCollectionMetrics ReturnValuesOnConditionCheckFailure "
	paramsPut    params = paramsWrite + "Item "
	paramsDelete params = paramsWrite + "Key "
	paramsUpdate params = paramsDelete + "UpdateExpression "
	paramsScan   params = "TableName IndexName Limit Select ExclusiveStartKey ReturnConsumedCapacity ProjectionExpression FilterExpression ExpressionAttributeNames ExpressionAttributeValues ConsistentRead Segment TotalSegments "
	paramsQuery  params = "TableName IndexName Limit Select ExclusiveStartKey ReturnConsumedCapacity ProjectionExpression FilterExpression ExpressionAttributeNames ExpressionAttributeValues ConsistentRead ScanIndexForward KeyConditionExpression "

	paramsTxGet    params = "TableName Key ProjectionExpression ExpressionAttributeNames "
	paramsTxCheck  params = "TableName Key ConditionExpression ExpressionAttributeNames ExpressionAttributeValues ReturnValuesOnConditionCheckFailure "
	paramsTxUpdate params = paramsTxCheck + "UpdateExpression "
	paramsTxPut    params = "TableName Item ConditionExpression ExpressionAttributeNames ExpressionAttributeValues ReturnValuesOnConditionCheckFailure "
)

func (p params) has(name string) bool {
	for rest := string(p); rest != ""; {
		end := 0
		for rest[end] != ' ' {
			end++
		}
		if rest[:end] == name {
			return true
		}
		rest = rest[end+1:]
	}
	return false
}

// legacy are the parameters that expressions have replaced.
const legacy params = "AttributesToGet Expected AttributeUpdates ConditionalOperator KeyConditions QueryFilter ScanFilter "

// parse reads the whole body of an operation.
func (q *request) parse(body []byte, allowed params) error {
	r := wirejson.NewReader(body)
	q.read(r, allowed)
	r.End()
	return r.Err()
}

// read reads one object of parameters.
func (q *request) read(r *wirejson.Reader, allowed params) {
	if !r.Object() {
		return
	}
	var name string
	for first := true; r.NextKey(&name, &first); {
		switch {
		case r.Null():
		case allowed.has(name):
			q.member(r, name)
		case legacy.has(name):
			r.Fail(wire.Unsupported("the legacy parameter " + name))
		default:
			r.Fail(wire.Unsupported("the DynamoDB parameter " + name))
		}
	}
}

// member reads the value of one parameter.
func (q *request) member(r *wirejson.Reader, name string) {
	if t := q.textMember(name); t != nil {
		t.value, t.given = r.String(), true
		return
	}
	switch name {
	case "Key":
		q.key, q.keyGiven = attr.ReadItem(r), true
	case "Item":
		q.item, q.itemGiven = attr.ReadItem(r), true
	case "ExclusiveStartKey":
		q.start, q.startGiven = attr.ReadItem(r), true
	case "ExpressionAttributeNames":
		q.readNames(r)
	case "ExpressionAttributeValues":
		q.readValues(r)
	case "ConsistentRead":
		q.consistent = r.Bool()
	case "ScanIndexForward":
		q.backward = !r.Bool()
	case "Limit":
		q.limit = number{r.Int(), true}
	case "Segment":
		q.segment = number{r.Int(), true}
	case "TotalSegments":
		q.segments = number{r.Int(), true}
	}
}

func (q *request) textMember(name string) *text {
	switch name {
	case "TableName":
		return &q.table
	case "IndexName":
		return &q.index
	case "ConditionExpression":
		return &q.condition
	case "UpdateExpression":
		return &q.update
	case "ProjectionExpression":
		return &q.projection
	case "KeyConditionExpression":
		return &q.keyCondition
	case "FilterExpression":
		return &q.filter
	case "ReturnValues":
		return &q.returnValues
	case "ReturnValuesOnConditionCheckFailure":
		return &q.onFailure
	case "ReturnConsumedCapacity":
		return &q.capacity
	case "ReturnItemCollectionMetrics":
		return &q.metrics
	case "Select":
		return &q.selectWhat
	}
	return nil
}

func (q *request) readNames(r *wirejson.Reader) {
	q.namesGiven = true
	r.Object()
	var key string
	for first := true; r.NextKey(&key, &first); {
		n := expr.Name{Key: key, Attribute: r.String()}
		if !expr.IsPlaceholder(key, '#') {
			r.Fail(invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "` + key + `"`))
		}
		if err := attr.CheckName(n.Attribute); err != nil && r.Err() == nil {
			r.Fail(invalid("ExpressionAttributeNames contains invalid value: " + err.Error() + " for key " + key))
		}
		q.names.Names = append(q.names.Names, n)
	}
	if len(q.names.Names) == 0 {
		r.Fail(invalid("ExpressionAttributeNames must not be empty"))
	}
}

func (q *request) readValues(r *wirejson.Reader) {
	q.valuesGiven = true
	r.Object()
	var key string
	for first := true; r.NextKey(&key, &first); {
		if !expr.IsPlaceholder(key, ':') {
			r.Fail(invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "` + key + `"`))
			return
		}
		v := attr.ReadValue(r)
		var refused attr.Invalid
		if errors.As(r.Err(), &refused) {
			r.Refail(invalid("ExpressionAttributeValues contains invalid value: " + string(refused) + " for key " + key))
		}
		q.names.Values = append(q.names.Values, expr.NamedValue{Key: key, Value: v})
	}
	if len(q.names.Values) == 0 {
		r.Fail(invalid("ExpressionAttributeValues must not be empty"))
	}
}

// checkEnums refuses values that are not among those of a parameter.
func (q *request) checkEnums() error {
	for _, e := range []struct {
		name    string
		given   text
		allowed params
		shown   string
	}{
		{"returnConsumedCapacity", q.capacity, "INDEXES TOTAL NONE ", "[INDEXES, TOTAL, NONE]"},
		{"returnItemCollectionMetrics", q.metrics, "SIZE NONE ", "[SIZE, NONE]"},
		{"returnValues", q.returnValues, "ALL_NEW UPDATED_OLD ALL_OLD NONE UPDATED_NEW ", "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"},
		{"returnValuesOnConditionCheckFailure", q.onFailure, "ALL_OLD NONE ", "[ALL_OLD, NONE]"},
		{"select", q.selectWhat, "SPECIFIC_ATTRIBUTES COUNT ALL_ATTRIBUTES ALL_PROJECTED_ATTRIBUTES ", "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"},
	} {
		if e.given.given && !e.allowed.has(e.given.value) {
			return invalidValue(e.given.value, e.name, "Member must satisfy enum value set: "+e.shown)
		}
	}
	return nil
}

// atLeastOne refuses a number below 1.
func (n number) atLeastOne(member string) error {
	if n.given && n.value < 1 {
		return invalidValue(strconv.FormatInt(n.value, 10), member, "Member must have value greater than or equal to 1")
	}
	return nil
}
