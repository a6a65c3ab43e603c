package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sized is an item of so many bytes, as DynamoDB counts them.
func sized(bytes int) string {
	return fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"S":"1"},"x":{"S":"%s"}}`, strings.Repeat("x", bytes-7))
}

func (s suite) capacity(t *testing.T) {
	table := s.table(t, "pk:S sk:S", global("gsi", "gp:S", "INCLUDE y"), local("lsi", "pk:S ls:S", "KEYS_ONLY"))
	t.Run("reads", func(t *testing.T) { s.readCapacity(t, table) })
	t.Run("writes", func(t *testing.T) { s.writeCapacity(t, table) })
	t.Run("transactions", func(t *testing.T) { s.transactCapacity(t, table) })
}

func (s suite) readCapacity(t *testing.T, table string) {
	const key = `{"pk":{"S":"p"},"sk":{"S":"1"}}`
	for _, c := range []struct {
		size                int
		eventual, consisent float64
	}{{0, 0.5, 1}, {100, 0.5, 1}, {4096, 0.5, 1}, {4097, 1, 2}, {8193, 1.5, 3}} {
		if c.size > 0 {
			s.put(t, table, sized(c.size))
		}
		for _, consistent := range []bool{false, true} {
			want := c.eventual
			if consistent {
				want = c.consisent
			}
			out, err := s.Client.GetItem(ctx, &dynamodb.GetItemInput{
				TableName: &table, Key: item(key), ConsistentRead: &consistent, ReturnConsumedCapacity: "TOTAL",
				ProjectionExpression: aws.String("sk"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := *out.ConsumedCapacity.CapacityUnits; got != want || out.ConsumedCapacity.Table != nil {
				t.Errorf("%d bytes, consistent=%v: %v units, want %v", c.size, consistent, got, want)
			}
		}
	}
}

// used writes what an operation consumed: of the table, the global and the local index.
func used(u *types.ConsumedCapacity) string {
	if u == nil {
		return "nothing"
	}
	out := fmt.Sprintf("%v = %v", *u.CapacityUnits, aws.ToFloat64(u.Table.CapacityUnits))
	for _, of := range []map[string]types.Capacity{u.GlobalSecondaryIndexes, u.LocalSecondaryIndexes} {
		for name, c := range of {
			out += fmt.Sprintf(" + %s %v", name, aws.ToFloat64(c.CapacityUnits))
		}
	}
	return out
}

func (s suite) writeCapacity(t *testing.T, table string) {
	const key = `"pk":{"S":"p"},"sk":{"S":"1"}`
	text := func(n int) string { return `{"S":"` + strings.Repeat("y", n) + `"}` }
	s.put(t, table, sized(3000))
	for _, c := range []struct{ name, item, want string }{
		{"a smaller item costs what the larger did", "{" + key + "}", "3 = 3"},
		{"into the global index", "{" + key + `,"gp":{"S":"g"}}`, "2 = 1 + gsi 1"},
		{"no change", "{" + key + `,"gp":{"S":"g"}}`, "1 = 1"},
		{"nothing that the index projects", "{" + key + `,"gp":{"S":"g"},"z":{"S":"z"}}`, "1 = 1"},
		{"a projected attribute", "{" + key + `,"gp":{"S":"g"},"y":` + text(1500) + "}", "4 = 2 + gsi 2"},
		{"another index key: a deletion and a put", "{" + key + `,"gp":{"S":"h"},"y":` + text(1500) + "}", "6 = 2 + gsi 4"},
		{"both indexes", "{" + key + `,"gp":{"S":"h"},"ls":{"S":"l"}}`, "5 = 2 + gsi 2 + lsi 1"},
		{"out of the indexes", "{" + key + "}", "3 = 1 + gsi 1 + lsi 1"},
	} {
		out, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item(c.item), ReturnConsumedCapacity: "INDEXES"})
		if err != nil {
			t.Fatal(err)
		}
		if got := used(out.ConsumedCapacity); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	out, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: item(`{"pk":{"S":"p"},"sk":{"S":"none"}}`), ReturnConsumedCapacity: "INDEXES"})
	if err != nil || used(out.ConsumedCapacity) != "1 = 1" {
		t.Errorf("deleting nothing: %v, %v", out, err)
	}
}

func (s suite) transactCapacity(t *testing.T, table string) {
	put := txPut(table, sized(1500), "")
	out, err := s.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{put, txCheck(table, numbered(9), "attribute_not_exists(pk)")}, ReturnConsumedCapacity: "TOTAL",
	})
	if err != nil || len(out.ConsumedCapacity) != 1 || *out.ConsumedCapacity[0].CapacityUnits != 6 {
		t.Errorf("a write of 1,500 bytes and a check: %v, %v; want 6 units", out, err)
	}
	got, err := s.Client.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{
		TransactItems: []types.TransactGetItem{
			{Get: &types.Get{TableName: &table, Key: item(numbered(1))}}, {Get: &types.Get{TableName: &table, Key: item(numbered(9))}},
		}, ReturnConsumedCapacity: "TOTAL",
	})
	if err != nil || len(got.ConsumedCapacity) != 1 || *got.ConsumedCapacity[0].CapacityUnits != 4 {
		t.Errorf("reading one item and none: %v, %v; want 4 units", got, err)
	}
}
