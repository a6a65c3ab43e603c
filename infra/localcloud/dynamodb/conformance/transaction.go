package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// actions of transactions; a condition that is empty is none.

func txPut(table, it, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{
		TableName: &table, Item: item(it), ConditionExpression: optional(condition), ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	}}
}

func txUpdate(table, key, update, values string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &table, Key: item(key), UpdateExpression: &update, ExpressionAttributeValues: item(values),
	}}
}

func txDelete(table, key, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: &table, Key: item(key), ConditionExpression: optional(condition)}}
}

func txCheck(table, key, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: &table, Key: item(key), ConditionExpression: &condition}}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (s suite) transact(token string, actions ...types.TransactWriteItem) error {
	_, err := s.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: actions, ClientRequestToken: optional(token)})
	return err
}

func (s suite) transactions(t *testing.T) {
	table := s.table(t, "pk:S sk:S")
	t.Run("all or nothing", func(t *testing.T) { s.allOrNothing(t, table) })
	t.Run("tokens", func(t *testing.T) { s.tokens(t, table) })
	t.Run("refused", func(t *testing.T) { s.transactionsRefused(t, table) })
	t.Run("limits", func(t *testing.T) { s.transactionLimits(t, table) })
	t.Run("get", func(t *testing.T) { s.transactGet(t, table) })
}

func (s suite) allOrNothing(t *testing.T, table string) {
	s.put(t, table, `{"pk":{"S":"p"},"sk":{"S":"1"},"n":{"N":"1"}}`, numbered(2), numbered(3))
	err := s.transact("", txUpdate(table, numbered(1), "ADD n :v", `{":v":{"N":"5"}}`), txDelete(table, numbered(2), "attribute_exists(pk)"),
		txCheck(table, numbered(3), "attribute_exists(pk)"), txPut(table, numbered(4), "attribute_not_exists(pk)"))
	if err != nil {
		t.Fatal(err)
	}
	s.holds(t, table, map[string]string{numbered(1): `{"pk":{"S":"p"},"sk":{"S":"1"},"n":{"N":"6"}}`, numbered(2): "", numbered(4): numbered(4)})

	err = s.transact("", txPut(table, numbered(5), ""), txPut(table, `{"pk":{"S":"p"},"sk":{"S":"1"}}`, "n > :none"),
		txDelete(table, numbered(3), "attribute_not_exists(pk)"))
	s.refused(t, err, "ValidationException: Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :none")

	err = s.transact("", txPut(table, numbered(5), ""), txPut(table, `{"pk":{"S":"p"},"sk":{"S":"1"}}`, "attribute_not_exists(n)"),
		txDelete(table, numbered(3), "attribute_not_exists(pk)"))
	s.refused(t, err, "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]")
	var cancelled *types.TransactionCanceledException
	if !asException(err, &cancelled) || len(cancelled.CancellationReasons) != 3 {
		t.Fatal(err)
	}
	for i, want := range []string{"None none", "ConditionalCheckFailed " + show(item(`{"pk":{"S":"p"},"sk":{"S":"1"},"n":{"N":"6"}}`)), "ConditionalCheckFailed none"} {
		r := cancelled.CancellationReasons[i]
		if got := aws.ToString(r.Code) + " " + show(r.Item); got != want {
			t.Errorf("reason %d is %s, want %s", i, got, want)
		}
	}
	s.holds(t, table, map[string]string{numbered(3): numbered(3), numbered(5): ""})
}

// holds compares items, by their keys, with what they must be; empty for none.
func (s suite) holds(t *testing.T, table string, want map[string]string) {
	t.Helper()
	for key, it := range want {
		if got := show(s.get(t, table, key)); got != show(item(it)) {
			t.Errorf("%s is %s, want %s", key, got, show(item(it)))
		}
	}
}

func (s suite) tokens(t *testing.T, table string) {
	token := ident.Token()
	s.put(t, table, `{"pk":{"S":"p"},"sk":{"S":"20"},"n":{"N":"0"}}`)
	add := txUpdate(table, numbered(20), "ADD #n :v, #m :w", `{":v":{"N":"1"},":w":{"NS":["3","1","2"]}}`)
	add.Update.ExpressionAttributeNames = map[string]string{"#n": "n", "#m": "m"}
	for range 5 { // the SDK writes maps in a different order each time
		if err := s.transact(token, add); err != nil {
			t.Fatal(err)
		}
	}
	if got := show(s.get(t, table, numbered(20))); !strings.Contains(got, `"n":{"N":"1"}`) {
		t.Errorf("a transaction that was sent five times made %s", got)
	}
	err := s.transact(token, txUpdate(table, numbered(20), "ADD n :v", `{":v":{"N":"2"}}`))
	if code(err) != "IdempotentParameterMismatchException" {
		t.Errorf("the token of another transaction: %v", err)
	}
	failing := ident.Token()
	for range 2 {
		err = s.transact(failing, txPut(table, numbered(20), "attribute_not_exists(pk)"))
		s.refused(t, err, "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed]")
	}
	err = s.transact(strings.Repeat("x", 37), txPut(table, numbered(20), ""))
	s.refused(t, err, "ValidationException: 1 validation error detected: Value '"+strings.Repeat("x", 37)+"' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36")
}

func (s suite) transactionsRefused(t *testing.T, table string) {
	const cancelled = "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons "
	s.put(t, table, `{"pk":{"S":"p"},"sk":{"S":"30"},"s":{"S":"x"}}`)
	large := strings.Repeat("x", 400<<10)
	for _, c := range []struct {
		name, want string
		// local is what DynamoDB Local says: to it, what is wrong with an item is wrong with the request.
		local   string
		actions []types.TransactWriteItem
	}{
		{name: "one item twice", want: "ValidationException: Transaction request cannot include multiple operations on one item",
			actions: []types.TransactWriteItem{txPut(table, numbered(30), ""), txCheck(table, numbered(30), "attribute_exists(pk)")}},
		{name: "no action", want: "ValidationException: Invalid Request: TransactWriteRequest should contain Delete or Put or Update request", actions: []types.TransactWriteItem{{}}},
		{name: "two actions in one", want: "ValidationException: TransactItems can only contain one of Check, Put, Update or Delete",
			actions: []types.TransactWriteItem{{Put: txPut(table, numbered(31), "").Put, Delete: txDelete(table, numbered(32), "").Delete}}},
		{name: "syntax", want: `ValidationException: Invalid UpdateExpression: Syntax error; token: "SEX", near: "SEX a"`,
			actions: []types.TransactWriteItem{txUpdate(table, numbered(30), "SEX a = :v", `{":v":{"N":"1"}}`)}},
		{name: "no such table", want: "ResourceNotFoundException: Requested resource not found", actions: []types.TransactWriteItem{txPut("conformance-none", numbered(1), "")}},
		{name: "no key", want: cancelled + "[ValidationError, None]", local: "ValidationException: One of the required keys was not given a value",
			actions: []types.TransactWriteItem{txPut(table, `{"pk":{"S":"a"}}`, ""), txPut(table, numbered(33), "")}},
		{name: "half a key", want: cancelled + "[None, ValidationError]", local: "ValidationException: The number of conditions on the keys is invalid",
			actions: []types.TransactWriteItem{txPut(table, numbered(33), ""), txDelete(table, `{"pk":{"S":"a"}}`, "")}},
		{name: "key updated", want: cancelled + "[ValidationError]",
			actions: []types.TransactWriteItem{txUpdate(table, numbered(30), "SET pk = :v", `{":v":{"S":"x"}}`)}},
		{name: "operand of another type", want: cancelled + "[ValidationError, None]", local: "ValidationException: An operand in the update expression has an incorrect data type",
			actions: []types.TransactWriteItem{txUpdate(table, numbered(30), "ADD s :v", `{":v":{"N":"1"}}`), txPut(table, numbered(33), "")}},
		{name: "no such attribute", want: cancelled + "[ValidationError]", local: "ValidationException: The provided expression refers to an attribute that does not exist in the item",
			actions: []types.TransactWriteItem{txUpdate(table, numbered(30), "SET a = zz", "")}},
		{name: "too large", want: cancelled + "[ValidationError]", local: "ValidationException: Item size to update has exceeded the maximum allowed size",
			actions: []types.TransactWriteItem{txUpdate(table, numbered(30), "SET a = :v", `{":v":{"S":"`+large+`"}}`)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if s.Local && c.local != "" {
				want = c.local
			}
			s.refused(t, s.transact("", c.actions...), want)
		})
	}
	s.holds(t, table, map[string]string{numbered(33): ""})
}

func (s suite) transactionLimits(t *testing.T, table string) {
	var actions, large []types.TransactWriteItem
	for i := range 101 {
		actions = append(actions, txPut(table, numbered(1000+i), ""))
	}
	for i := range 11 {
		large = append(large, txPut(table, fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"S":"%d"},"x":{"S":"%s"}}`, 100+i, strings.Repeat("x", 400000)), ""))
	}
	if err := s.transact("", actions[:100]...); err != nil {
		t.Errorf("100 actions: %v", err)
	}
	if err := s.transact("", large[:10]...); err != nil {
		t.Errorf("4,000,000 bytes: %v", err)
	}
	s.refused(t, s.transact("", actions...), "ValidationException: 1 validation error detected: Value '[101 items]' at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100")
	s.refused(t, s.transact("", large...), "ValidationException: Transaction payload size cannot exceed 4MB. Payload Size: 4400099")
	s.refused(t, s.transact("", []types.TransactWriteItem{}...), "ValidationException: 1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	s.put(t, table, fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"S":"110"},"x":{"S":"%s"}}`, strings.Repeat("x", 400000)))
	var gets []types.TransactGetItem
	for i := range 11 {
		gets = append(gets, types.TransactGetItem{Get: &types.Get{TableName: &table, Key: item(numbered(100 + i))}})
	}
	_, err := s.Client.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: gets})
	s.refused(t, err, "ValidationException: Transaction response size cannot exceed 4MB. Response size: 4400099")
}

func (s suite) transactGet(t *testing.T, table string) {
	s.put(t, table, `{"pk":{"S":"g"},"sk":{"S":"1"},"x":{"N":"1"}}`)
	get := func(key, projection string) types.TransactGetItem {
		return types.TransactGetItem{Get: &types.Get{TableName: &table, Key: item(key), ProjectionExpression: optional(projection)}}
	}
	const one, two = `{"pk":{"S":"g"},"sk":{"S":"1"}}`, `{"pk":{"S":"g"},"sk":{"S":"2"}}`
	out, err := s.Client.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{get(two, ""), get(one, "x")}})
	if err != nil || len(out.Responses) != 2 || out.Responses[0].Item != nil || show(out.Responses[1].Item) != show(item(`{"x":{"N":"1"}}`)) {
		t.Errorf("got %v, %v", out, err)
	}
	for _, c := range []struct {
		name, want string
		gets       []types.TransactGetItem
	}{
		{"one item twice", "ValidationException: Transaction request cannot include multiple operations on one item", []types.TransactGetItem{get(one, ""), get(one, "x")}},
		{"overlapping paths", "ValidationException: Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x, y]", []types.TransactGetItem{get(one, "x, x.y")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Client.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: c.gets})
			s.refused(t, err, c.want)
		})
	}
}
