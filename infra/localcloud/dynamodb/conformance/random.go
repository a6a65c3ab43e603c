package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// The model is a partition as a Go map: of each item, by its sort key, three
// attributes: a number n, a string s and a set of strings t, each of which it may
// not have. It knows nothing of how the service works.
type modelItem struct {
	n      *int
	s      *string
	t      []string
	exists bool
}

// machine runs random operations on the service and on the model.
type machine struct {
	suite
	table     string
	partition string
	items     map[string]modelItem
}

func (s suite) random(t *testing.T) {
	table := s.table(t, "pk:S sk:S", global("byNumber", "pk:S n:N", "ALL"))
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{suite: s, table: table, partition: ident.Token(), items: map[string]modelItem{}}
		t.Repeat(map[string]func(*rapid.T){
			"put": m.put, "update": m.update, "delete": m.delete, "transact": m.transact, "query": m.query, "index": m.index, "": m.check,
		})
	})
}

var sortKeys = rapid.SampledFrom([]string{"a", "ab", "abc", "b", "c"})

func drawItem(t *rapid.T) modelItem {
	it := modelItem{exists: true}
	if rapid.Bool().Draw(t, "has n") {
		it.n = aws.Int(rapid.IntRange(-20, 20).Draw(t, "n"))
	}
	if rapid.Bool().Draw(t, "has s") {
		it.s = aws.String(rapid.StringMatching(`[ab]{0,3}`).Draw(t, "s"))
	}
	if rapid.Bool().Draw(t, "has t") {
		it.t = drawSet(t)
	}
	return it
}

func drawSet(t *rapid.T) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 1, 3, rapid.ID[string]).Draw(t, "t")
}

// attributes makes the SDK's item.
func (m *machine) attributes(key string, it modelItem) attributes {
	if !it.exists {
		return nil
	}
	out := m.key(key)
	if it.n != nil {
		out["n"] = numberValue(*it.n)
	}
	if it.s != nil {
		out["s"] = &types.AttributeValueMemberS{Value: *it.s}
	}
	if len(it.t) > 0 {
		out["t"] = &types.AttributeValueMemberSS{Value: it.t}
	}
	return out
}

func numberValue(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

func (m *machine) key(key string) attributes {
	return attributes{"pk": &types.AttributeValueMemberS{Value: m.partition}, "sk": &types.AttributeValueMemberS{Value: key}}
}

// guard is a random condition and what it is for the model; nil is none.
type guard struct {
	text   string
	values attributes
	holds  func(modelItem) bool
}

func drawGuard(t *rapid.T) guard {
	n := rapid.IntRange(-20, 20).Draw(t, "compared")
	number := attributes{":c": numberValue(n)}
	all := []guard{
		{holds: func(modelItem) bool { return true }},
		{"attribute_exists(pk)", nil, func(it modelItem) bool { return it.exists }},
		{"attribute_not_exists(pk)", nil, func(it modelItem) bool { return !it.exists }},
		{"n < :c", number, func(it modelItem) bool { return it.n != nil && *it.n < n }},
		{"n <> :c", number, func(it modelItem) bool { return it.n == nil || *it.n != n }},
		{"NOT n >= :c", number, func(it modelItem) bool { return it.n == nil || *it.n < n }},
		{"attribute_not_exists(n) OR n BETWEEN :z AND :c", attributes{":c": numberValue(max(n, 0)), ":z": numberValue(0)}, func(it modelItem) bool {
			return it.n == nil || *it.n >= 0 && *it.n <= max(n, 0)
		}},
		{"begins_with(s, :c)", attributes{":c": &types.AttributeValueMemberS{Value: "a"}}, func(it modelItem) bool { return it.s != nil && strings.HasPrefix(*it.s, "a") }},
		{"contains(t, :c) AND size(t) > :one", attributes{":c": &types.AttributeValueMemberS{Value: "x"}, ":one": numberValue(1)}, func(it modelItem) bool {
			return slices.Contains(it.t, "x") && len(it.t) > 1
		}},
		{"size(s) IN (:two, :three)", attributes{":two": numberValue(2), ":three": numberValue(3)}, func(it modelItem) bool { return it.s != nil && len(*it.s) > 1 }},
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "guard")]
}

// agree fails unless err says that the condition failed exactly if it does for the model.
func agree(t *rapid.T, err error, holds bool) {
	if got := code(err); err != nil && got != "ConditionalCheckFailedException" || (err == nil) != holds {
		t.Fatalf("the condition holds: %v; the service says %v", holds, err)
	}
}

func (m *machine) put(t *rapid.T) {
	key, it, g := sortKeys.Draw(t, "key"), drawItem(t), drawGuard(t)
	old := m.items[key]
	out, err := m.Client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &m.table, Item: m.attributes(key, it), ReturnValues: "ALL_OLD",
		ConditionExpression: optional(g.text), ExpressionAttributeValues: g.values,
	})
	agree(t, err, g.holds(old))
	if err == nil {
		m.returned(t, out.Attributes, m.attributes(key, old))
		m.items[key] = it
	}
}

func (m *machine) returned(t *rapid.T, got, want attributes) {
	if show(got) != show(want) {
		t.Fatalf("returned %s, want %s", show(got), show(want))
	}
}

func (m *machine) delete(t *rapid.T) {
	key, g := sortKeys.Draw(t, "key"), drawGuard(t)
	old := m.items[key]
	out, err := m.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &m.table, Key: m.key(key), ReturnValues: "ALL_OLD", ConditionExpression: optional(g.text), ExpressionAttributeValues: g.values,
	})
	agree(t, err, g.holds(old))
	if err == nil {
		m.returned(t, out.Attributes, m.attributes(key, old))
		delete(m.items, key)
	}
}

// drawUpdate draws an update expression, its values, and what it makes of an item.
func drawUpdate(t *rapid.T) (text string, values attributes, apply func(modelItem) modelItem) {
	n, set := rapid.IntRange(-9, 9).Draw(t, "by"), drawSet(t)
	values = attributes{":n": numberValue(n), ":z": numberValue(0), ":t": &types.AttributeValueMemberSS{Value: set}}
	text = "SET n = if_not_exists(n, :z) + :n "
	if rapid.Bool().Draw(t, "add sets") {
		return text + "ADD t :t REMOVE s", values, func(it modelItem) modelItem {
			it.n, it.s = aws.Int(aws.ToInt(it.n)+n), nil
			it.t = slices.Compact(slices.Sorted(slices.Values(slices.Concat(it.t, set))))
			return it
		}
	}
	values[":s"] = &types.AttributeValueMemberS{Value: "ab"}
	return text + ", s = :s DELETE t :t", values, func(it modelItem) modelItem {
		it.n, it.s = aws.Int(aws.ToInt(it.n)+n), aws.String("ab")
		it.t = slices.DeleteFunc(slices.Clone(it.t), func(e string) bool { return slices.Contains(set, e) })
		return it
	}
}

func (m *machine) update(t *rapid.T) {
	key, g := sortKeys.Draw(t, "key"), drawGuard(t)
	text, values, apply := drawUpdate(t)
	maps.Copy(values, g.values)
	old := m.items[key]
	out, err := m.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &m.table, Key: m.key(key), UpdateExpression: &text, ReturnValues: "ALL_NEW",
		ConditionExpression: optional(g.text), ExpressionAttributeValues: values,
	})
	agree(t, err, g.holds(old))
	if err == nil {
		next := apply(old)
		next.exists = true
		m.items[key] = next
		m.returned(t, out.Attributes, m.attributes(key, next))
	}
}

// transact puts, updates and deletes three items under a condition on a fourth.
func (m *machine) transact(t *rapid.T) {
	keys := rapid.Permutation([]string{"a", "ab", "abc", "b", "c"}).Draw(t, "keys")
	it, g := drawItem(t), drawGuard(t)
	if g.text == "" {
		return
	}
	text, values, apply := drawUpdate(t)
	_, err := m.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: &m.table, Item: m.attributes(keys[0], it)}},
		{Update: &types.Update{TableName: &m.table, Key: m.key(keys[1]), UpdateExpression: &text, ExpressionAttributeValues: values}},
		{Delete: &types.Delete{TableName: &m.table, Key: m.key(keys[2])}},
		{ConditionCheck: &types.ConditionCheck{TableName: &m.table, Key: m.key(keys[3]), ConditionExpression: &g.text, ExpressionAttributeValues: g.values}},
	}})
	holds := g.holds(m.items[keys[3]])
	if (err == nil) != holds || err != nil && code(err) != "TransactionCanceledException" {
		t.Fatalf("the condition holds: %v; the service says %v", holds, err)
	}
	if err == nil {
		next := apply(m.items[keys[1]])
		next.exists = true
		m.items[keys[0]], m.items[keys[1]] = it, next
		delete(m.items, keys[2])
	}
}

// query reads a range of sort keys, filtered, in either direction.
func (m *machine) query(t *rapid.T) {
	from, forward, g := sortKeys.Draw(t, "from"), rapid.Bool().Draw(t, "forward"), drawGuard(t)
	if strings.Contains(g.text, "pk") {
		return // a filter cannot be on keys
	}
	values := m.key(from)
	in := &dynamodb.QueryInput{
		TableName: &m.table, KeyConditionExpression: aws.String("pk = :p AND sk >= :f"), FilterExpression: optional(g.text), ScanIndexForward: &forward,
		Limit:                     aws.Int32(int32(rapid.IntRange(1, 6).Draw(t, "limit"))),
		ExpressionAttributeValues: attributes{":p": values["pk"], ":f": values["sk"]},
	}
	maps.Copy(in.ExpressionAttributeValues, g.values)
	var want []string
	for _, key := range slices.Sorted(maps.Keys(m.items)) {
		if it := m.items[key]; key >= from && g.holds(it) {
			want = append(want, show(m.attributes(key, it)))
		}
	}
	if !forward {
		slices.Reverse(want)
	}
	m.compare(t, in, want)
}

// index reads the index by number, which has only the items that have one.
func (m *machine) index(t *rapid.T) {
	var numbers []int
	for _, it := range m.items {
		if it.n != nil {
			numbers = append(numbers, *it.n)
		}
	}
	slices.Sort(numbers)
	var got []int
	pages := dynamodb.NewQueryPaginator(m.Client, &dynamodb.QueryInput{
		TableName: &m.table, IndexName: aws.String("byNumber"), KeyConditionExpression: aws.String("pk = :p"),
		ExpressionAttributeValues: attributes{":p": m.key("")["pk"]}, Limit: aws.Int32(2),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			n, _ := strconv.Atoi(it["n"].(*types.AttributeValueMemberN).Value)
			got = append(got, n)
		}
	}
	if !slices.Equal(got, numbers) {
		t.Fatalf("the index has %v, want %v", got, numbers)
	}
}

// check compares the whole partition.
func (m *machine) check(t *rapid.T) {
	var want []string
	for _, key := range slices.Sorted(maps.Keys(m.items)) {
		want = append(want, show(m.attributes(key, m.items[key])))
	}
	m.compare(t, &dynamodb.QueryInput{
		TableName: &m.table, KeyConditionExpression: aws.String("pk = :p"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: attributes{":p": m.key("")["pk"]},
	}, want)
}

func (m *machine) compare(t *rapid.T, in *dynamodb.QueryInput, want []string) {
	var got []string
	pages := dynamodb.NewQueryPaginator(m.Client, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			got = append(got, show(it))
		}
	}
	if !slices.Equal(got, want) {
		t.Fatal(fmt.Sprintf("got  %v\nwant %v", got, want))
	}
}
