package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// list returns the items of a whole index, through its pages, sorted as JSON.
func (s suite) list(t *testing.T, table, index string) []string {
	t.Helper()
	var out []string
	pages := dynamodb.NewScanPaginator(s.Client, &dynamodb.ScanInput{TableName: &table, IndexName: &index})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			out = append(out, show(it))
		}
	}
	return out
}

func (s suite) indexes(t *testing.T) {
	table := s.table(t, "pk:S sk:S", global("keys", "gp:S gs:N", "KEYS_ONLY"), global("some", "gp:S", "INCLUDE x"),
		global("all", "gs:N", "ALL"), local("local", "pk:S ls:S", "INCLUDE y"))
	t.Run("sparse and projected", func(t *testing.T) { s.sparse(t, table) })
	t.Run("refused keys", func(t *testing.T) { s.indexKeys(t, table) })
}

// sparse follows an item through the indexes as it gets and loses their keys.
func (s suite) sparse(t *testing.T, table string) {
	const key = `{"pk":{"S":"a"},"sk":{"S":"1"}}`
	for _, step := range []struct {
		name, update, values   string
		keys, some, all, local string
	}{
		{name: "no keys", update: "SET x = :v", values: `{":v":{"N":"1"}}`},
		{name: "one of two keys", update: "SET gp = :v", values: `{":v":{"S":"g"}}`,
			some: `{"pk":{"S":"a"},"sk":{"S":"1"},"gp":{"S":"g"},"x":{"N":"1"}}`},
		{name: "both keys", update: "SET gs = :v, y = :v", values: `{":v":{"N":"7"}}`,
			keys: `{"pk":{"S":"a"},"sk":{"S":"1"},"gp":{"S":"g"},"gs":{"N":"7"}}`,
			some: `{"pk":{"S":"a"},"sk":{"S":"1"},"gp":{"S":"g"},"x":{"N":"1"}}`,
			all:  `{"pk":{"S":"a"},"sk":{"S":"1"},"gp":{"S":"g"},"gs":{"N":"7"},"x":{"N":"1"},"y":{"N":"7"}}`},
		{name: "other values", update: "SET gs = :v, ls = :l, x = :v REMOVE y", values: `{":v":{"N":"8"},":l":{"S":"l"}}`,
			keys:  `{"pk":{"S":"a"},"sk":{"S":"1"},"gp":{"S":"g"},"gs":{"N":"8"}}`,
			some:  `{"pk":{"S":"a"},"sk":{"S":"1"},"gp":{"S":"g"},"x":{"N":"8"}}`,
			all:   `{"pk":{"S":"a"},"sk":{"S":"1"},"gp":{"S":"g"},"gs":{"N":"8"},"ls":{"S":"l"},"x":{"N":"8"}}`,
			local: `{"pk":{"S":"a"},"sk":{"S":"1"},"ls":{"S":"l"}}`},
		{name: "a key gone", update: "REMOVE gp, ls",
			all: `{"pk":{"S":"a"},"sk":{"S":"1"},"gs":{"N":"8"},"x":{"N":"8"}}`},
	} {
		_, err := s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &table, Key: item(key), UpdateExpression: &step.update, ExpressionAttributeValues: item(step.values),
		})
		if err != nil {
			t.Fatal(err)
		}
		for index, want := range map[string]string{"keys": step.keys, "some": step.some, "all": step.all, "local": step.local} {
			s.indexHas(t, table, index, step.name, want)
		}
	}
	if _, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: item(key)}); err != nil {
		t.Fatal(err)
	}
	s.indexHas(t, table, "all", "deleted", "")
}

func (s suite) indexHas(t *testing.T, table, index, step, want string) {
	t.Helper()
	if want != "" {
		want = show(item(want))
	}
	eventually(t, func() error {
		if got := strings.Join(s.list(t, table, index), " "); got != want {
			return fmt.Errorf("%s: the index %s has %q, want %q", step, index, got, want)
		}
		return nil
	})
}

func (s suite) indexKeys(t *testing.T, table string) {
	const mismatch = "ValidationException: One or more parameter values were invalid: Type mismatch for Index Key "
	const empty = "ValidationException: One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: "
	const emptied = "ValidationException: One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."
	const long = "ValidationException: One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
	for _, c := range []struct{ name, attribute, value, put, update string }{
		{"wrong type", "gs", `{"S":"1"}`, mismatch + "gs Expected: N Actual: S IndexName: keys", mismatch + "gs Expected: N Actual: S IndexName: keys"},
		{"null", "ls", `{"NULL":true}`, mismatch + "ls Expected: S Actual: NULL IndexName: local", mismatch + "ls Expected: S Actual: NULL IndexName: local"},
		{"empty sort key", "ls", `{"S":""}`, empty + "local, IndexKey: ls", emptied},
		{"too long", "gp", `{"S":"` + strings.Repeat("x", 2049) + `"}`, long, long},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item("{" + keysOfAB + `,"` + c.attribute + `":` + c.value + "}")})
			s.refused(t, err, c.put)
			_, err = s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
				TableName: &table, Key: item("{" + keysOfAB + "}"), UpdateExpression: aws.String("SET " + c.attribute + " = :v"),
				ExpressionAttributeValues: item(`{":v":` + c.value + "}"),
			})
			s.refused(t, err, c.update)
		})
	}
}
