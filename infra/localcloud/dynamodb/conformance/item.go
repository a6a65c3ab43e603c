package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// nested is a string within so many lists.
func nested(depth int) string {
	return strings.Repeat(`{"L":[`, depth) + `{"S":"x"}` + strings.Repeat(`]}`, depth)
}

const keysOfAB = `"pk":{"S":"a"},"sk":{"S":"b"}`

// putCases are values of an attribute x, with what a GetItem then returns
// (empty for the same) or the exception.
var putCases = []struct{ name, value, stored, refused string }{
	{"string", `{"S":"é\" \u0001"}`, "", ""},
	{"empty string", `{"S":""}`, "", ""},
	{"empty binary", `{"B":""}`, "", ""},
	{"binary", `{"B":"AAECgP8="}`, "", ""},
	{"false", `{"BOOL":false}`, "", ""},
	{"null", `{"NULL":true}`, "", ""},
	{"list of all", `{"L":[{"S":""},{"N":"1"},{"NULL":true},{"M":{}},{"L":[]},{"BS":["YQ=="]}]}`, "", ""},
	{"map", `{"M":{"":{"S":"x"}}}`, "", "ValidationException: Empty attribute name"},
	{"string set", `{"SS":["b","a",""]}`, `{"SS":["","a","b"]}`, ""},
	{"number set", `{"NS":["2","1.0","-3e1"]}`, `{"NS":["-30","1","2"]}`, ""},
	{"number", `{"N":"1.50"}`, `{"N":"1.5"}`, ""},
	{"number with exponent", `{"N":"-12.34e3"}`, `{"N":"-12340"}`, ""},
	{"number with plus and zeros", `{"N":"+007"}`, `{"N":"7"}`, ""},
	{"number without whole part", `{"N":".5"}`, `{"N":"0.5"}`, ""},
	{"negative zero", `{"N":"-0.0"}`, `{"N":"0"}`, ""},
	{"zero with exponent", `{"N":"0.0e126"}`, `{"N":"0"}`, ""},
	{"largest", `{"N":"9.9999999999999999999999999999999999999E125"}`, `{"N":"` + strings.Repeat("9", 38) + strings.Repeat("0", 88) + `"}`, ""},
	{"smallest", `{"N":"-1e-130"}`, `{"N":"-0.` + strings.Repeat("0", 129) + `1"}`, ""},
	{"38 digits", `{"N":"1234567890123456789012345678901234567800"}`, "", ""},
	{"39 digits", `{"N":"123456789012345678901234567890123456789"}`, "", "ValidationException: Attempting to store more than 38 significant digits in a Number"},
	{"overflow", `{"N":"1e126"}`, "", "ValidationException: Number overflow. Attempting to store a number with magnitude larger than supported range"},
	{"underflow", `{"N":"1e-131"}`, "", "ValidationException: Number underflow. Attempting to store a number with magnitude smaller than supported range"},
	{"no number", `{"N":"abc"}`, "", "ValidationException: The parameter cannot be converted to a numeric value: abc"},
	{"empty number", `{"N":""}`, "", "ValidationException: The parameter cannot be converted to a numeric value: "},
	{"not a number", `{"N":"NaN"}`, "", "ValidationException: The parameter cannot be converted to a numeric value: NaN"},
	{"hexadecimal", `{"N":"0x1"}`, "", "ValidationException: The parameter cannot be converted to a numeric value: 0x1"},
	{"number with space", `{"N":" 1"}`, "", "ValidationException: The parameter cannot be converted to a numeric value:  1"},
	{"null that is false", `{"NULL":false}`, "", "ValidationException: One or more parameter values were invalid: Null attribute value types must have the value of true"},
	{"empty string set", `{"SS":[]}`, "", "ValidationException: One or more parameter values were invalid: An string set  may not be empty"},
	{"empty number set", `{"NS":[]}`, "", "ValidationException: One or more parameter values were invalid: An number set  may not be empty"},
	{"empty binary set", `{"BS":[]}`, "", "ValidationException: One or more parameter values were invalid: Binary sets should not be empty"},
	{"duplicate strings", `{"SS":["a","b","a"]}`, "", "ValidationException: One or more parameter values were invalid: Input collection [a, b, a] contains duplicates."},
	{"duplicate numbers", `{"NS":["1","1.0"]}`, "", "ValidationException: Input collection contains duplicates"},
	{"duplicate binaries", `{"BS":["YQ==","YQ=="]}`, "", "ValidationException: One or more parameter values were invalid: Input collection of type BS contains duplicates."},
	{"set with no number", `{"NS":["1","b"]}`, "", "ValidationException: The parameter cannot be converted to a numeric value: b"},
	{"31 lists", nested(31), "", ""},
	{"32 lists", nested(32), "", "ValidationException: Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"},
	{"400 KB", `{"S":"` + strings.Repeat("y", 400<<10-7) + `"}`, "", ""},
	{"more than 400 KB", `{"S":"` + strings.Repeat("y", 400<<10-6) + `"}`, "", "ValidationException: Item size has exceeded the maximum allowed size"},
}

func (s suite) items(t *testing.T) {
	table := s.table(t, "pk:S sk:S")
	for _, c := range putCases {
		t.Run("put "+c.name, func(t *testing.T) {
			it := "{" + keysOfAB + `,"x":` + c.value + "}"
			if s.Local && c.name == "more than 400 KB" {
				it = strings.Replace(it, `"yy`, `"yyy`, 1) // its limit is a byte higher
			}
			_, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item(it)})
			s.refused(t, err, c.refused)
			if err != nil {
				return
			}
			want := item(it)
			if c.stored != "" {
				want = item("{" + keysOfAB + `,"x":` + c.stored + "}")
			}
			// cmp would take for ever on deep lists
			if got := show(s.get(t, table, "{"+keysOfAB+"}")); got != show(want) {
				t.Errorf("got %.300s, want %.300s", got, show(want))
			}
		})
	}
	t.Run("keys", func(t *testing.T) { s.keys(t, table) })
	t.Run("returned", func(t *testing.T) { s.returned(t, table) })
	t.Run("missing items", func(t *testing.T) { s.missingItems(t, table) })
}

func (s suite) keys(t *testing.T, table string) {
	const wrong = "ValidationException: The provided key element does not match the schema"
	const count = "ValidationException: The number of conditions on the keys is invalid"
	const empty = "ValidationException: One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: "
	long := func(n int) string { return `{"S":"` + strings.Repeat("k", n) + `"}` }
	for _, c := range []struct{ name, key, get, put string }{
		{"only the partition key", `{"pk":{"S":"a"}}`, count, "ValidationException: One or more parameter values were invalid: Missing the key sk in the item"},
		{"only the sort key", `{"sk":{"S":"a"}}`, count, "ValidationException: One or more parameter values were invalid: Missing the key pk in the item"},
		{"another name", `{"pk":{"S":"a"},"zz":{"S":"a"}}`, wrong, "ValidationException: One or more parameter values were invalid: Missing the key sk in the item"},
		{"another type", `{"pk":{"S":"a"},"sk":{"N":"1"}}`, wrong, "ValidationException: One or more parameter values were invalid: Type mismatch for key sk expected: S actual: N"},
		{"more than the key", `{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"S":"1"}}`, count, ""},
		{"empty partition key", `{"pk":{"S":""},"sk":{"S":"1"}}`, empty + "pk", empty + "pk"},
		{"empty sort key", `{"pk":{"S":"a"},"sk":{"S":""}}`, empty + "sk", empty + "sk"},
		{"longest keys", `{"pk":` + long(2048) + `,"sk":` + long(1024) + `}`, "", ""},
		{"partition key too long", `{"pk":` + long(2049) + `,"sk":{"S":"1"}}`, "ValidationException: One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes", "ValidationException: One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		{"sort key too long", `{"pk":{"S":"1"},"sk":` + long(1025) + `}`, "ValidationException: One or more parameter values were invalid: Size of rangekey has exceeded the maximum size limit of1024 bytes", "ValidationException: One or more parameter values were invalid: Size of rangekey has exceeded the maximum size limit of1024 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: item(c.key)})
			s.refused(t, err, c.get)
			_, err = s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &table, Key: item(c.key)})
			s.refused(t, err, c.get)
			_, err = s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item(c.key)})
			s.refused(t, err, c.put)
			_, err = s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: item(c.key)})
			s.refused(t, err, c.get)
		})
	}
	nope := aws.String("conformance-no-such-table")
	_, err := s.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: nope, Key: item(`{"pk":{"S":"a"}}`)})
	s.refused(t, err, "ResourceNotFoundException: Requested resource not found")
}

func (s suite) returned(t *testing.T, table string) {
	first, second := "{"+keysOfAB+`,"x":{"N":"1"}}`, "{"+keysOfAB+`,"x":{"N":"2"}}`
	s.put(t, table, first)
	out, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item(second), ReturnValues: types.ReturnValueAllOld})
	if err != nil || show(out.Attributes) != show(item(first)) {
		t.Errorf("put returned %v, %v", out, err)
	}
	for _, rv := range []types.ReturnValue{"ALL_NEW", "UPDATED_OLD"} {
		_, err = s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item(second), ReturnValues: rv})
		s.refused(t, err, "ValidationException: Return values set to invalid value")
		_, err = s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: item("{" + keysOfAB + "}"), ReturnValues: rv})
		s.refused(t, err, "ValidationException: Return values set to invalid value")
	}
	_, err = s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &table, Key: item("{" + keysOfAB + "}"), ConditionExpression: aws.String("x = :v"),
		ExpressionAttributeValues: item(`{":v":{"N":"1"}}`), ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	})
	s.refused(t, err, "ConditionalCheckFailedException: The conditional request failed")
	var failed *types.ConditionalCheckFailedException
	if asException(err, &failed) && show(failed.Item) != show(item(second)) {
		t.Errorf("the failure has the item %s", show(failed.Item))
	}
	deleted, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: item("{" + keysOfAB + "}"), ReturnValues: types.ReturnValueAllOld})
	if err != nil || show(deleted.Attributes) != show(item(second)) {
		t.Errorf("delete returned %v, %v", deleted, err)
	}
	if got := s.get(t, table, "{"+keysOfAB+"}"); got != nil {
		t.Errorf("the deleted item is %s", show(got))
	}
}

// missingItems are updates of items that do not exist.
func (s suite) missingItems(t *testing.T, table string) {
	const key = `{"pk":{"S":"new"},"sk":{"S":"1"}}`
	for _, c := range []struct {
		name, update, values, answer, item string
		rv                                 types.ReturnValue
		// local is what DynamoDB Local has afterwards: it makes an item of an update that only removes.
		local string
	}{
		{name: "nothing", rv: "ALL_NEW", answer: key, item: key},
		{name: "nothing, old", rv: "ALL_OLD", item: key},
		{name: "nothing, updated", rv: "UPDATED_NEW", item: key},
		{name: "set", update: "SET x = :v", values: `{":v":{"N":"1"}}`, rv: "UPDATED_NEW", answer: `{"x":{"N":"1"}}`, item: `{"pk":{"S":"new"},"sk":{"S":"1"},"x":{"N":"1"}}`},
		{name: "add", update: "ADD x :v", values: `{":v":{"SS":["a"]}}`, rv: "UPDATED_OLD", item: `{"pk":{"S":"new"},"sk":{"S":"1"},"x":{"SS":["a"]}}`},
		{name: "remove", update: "REMOVE x", local: key},
		{name: "delete", update: "DELETE x :v", values: `{":v":{"SS":["a"]}}`, local: key},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &dynamodb.UpdateItemInput{TableName: &table, Key: item(key), ReturnValues: c.rv, ExpressionAttributeValues: item(c.values)}
			if c.update != "" {
				in.UpdateExpression = &c.update
			}
			out, err := s.Client.UpdateItem(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(out.Attributes); got != show(item(c.answer)) {
				t.Errorf("answer %s, want %s", got, show(item(c.answer)))
			}
			want := c.item
			if s.Local && c.local != "" {
				want = c.local
			}
			if got := show(s.get(t, table, key)); got != show(item(want)) {
				t.Errorf("item %s, want %s", got, show(item(want)))
			}
			if _, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: item(key)}); err != nil {
				t.Fatal(err)
			}
		})
	}
	out, err := s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &table, Key: item(key), UpdateExpression: aws.String("SET x = :v"), ConditionExpression: aws.String("attribute_exists(pk)"),
		ExpressionAttributeValues: item(`{":v":{"N":"1"}}`), ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	})
	s.refused(t, err, "ConditionalCheckFailedException: The conditional request failed")
	if out != nil {
		t.Error("a refused update has an answer")
	}
}
