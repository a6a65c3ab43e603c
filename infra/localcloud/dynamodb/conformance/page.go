package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func (s suite) pages(t *testing.T) {
	t.Run("order of numbers", func(t *testing.T) {
		s.order(t, "N", []string{"-1e125", "-12", "-2", "-1.5", "-0.01", "0", "1e-130", "0.5", "1", "2", "10", "10.5", "1e38", "1e125"})
	})
	t.Run("order of strings", func(t *testing.T) {
		s.order(t, "S", []string{"\u0000", "\u0000a", "A", "B", "a", "a\u0000", "aa", "b", "é", "ﬀ", "😀"})
	})
	t.Run("order of binaries", func(t *testing.T) {
		s.order(t, "B", []string{"AA==", "AAA=", "AAE=", "AQ==", "fw==", "gA==", "/w==", "//8="})
	})
	t.Run("sizes", s.pageSizes)
	t.Run("parallel scan", s.parallelScan)
}

// order puts items whose sort keys are the values, which are given in order, and
// reads them forwards and backwards in pages of three.
func (s suite) order(t *testing.T, kind string, values []string) {
	table := s.table(t, "pk:S sk:"+kind)
	var want []string
	for _, v := range values {
		key := attributes{"pk": &types.AttributeValueMemberS{Value: "p"}, "sk": toValue(map[string]any{kind: v})}
		if _, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: key}); err != nil {
			t.Fatal(err)
		}
		want = append(want, show(s.getKey(t, table, key)))
	}
	for _, forward := range []bool{true, false} {
		var got []string
		pages := dynamodb.NewQueryPaginator(s.Client, &dynamodb.QueryInput{
			TableName: &table, KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item(`{":p":{"S":"p"}}`),
			Limit: aws.Int32(3), ScanIndexForward: &forward,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range page.Items {
				got = append(got, show(it))
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("forward=%v (-want +got):\n%s", forward, d)
		}
		slices.Reverse(want)
	}
}

func (s suite) getKey(t *testing.T, table string, key attributes) attributes {
	t.Helper()
	out, err := s.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// pageSizes are pages that end because of 1 MB, or of a limit.
func (s suite) pageSizes(t *testing.T) {
	for _, c := range []struct {
		size, inPage int
	}{{262143, 5}, {262144, 4}, {390000, 3}} {
		t.Run(fmt.Sprint(c.size), func(t *testing.T) {
			table := s.table(t, "pk:S sk:S")
			for i := range 6 {
				s.put(t, table, fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"S":"%d"},"x":{"S":"%s"}}`, i, strings.Repeat("y", c.size-7)))
			}
			out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
				TableName: &table, KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item(`{":p":{"S":"p"}}`),
				ProjectionExpression: aws.String("sk"),
			})
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"S":"%d"}}`, c.inPage-1)
			if int(out.Count) != c.inPage || show(out.LastEvaluatedKey) != show(item(want)) {
				t.Errorf("a page has %d items and ends with %s; want %d, %s", out.Count, show(out.LastEvaluatedKey), c.inPage, want)
			}
		})
	}
}

// parallelScan reads a table in segments: together they have each item once.
func (s suite) parallelScan(t *testing.T) {
	table := s.table(t, "pk:S")
	want := map[string]bool{}
	for i := range 60 {
		it := fmt.Sprintf(`{"pk":{"S":"item%d"}}`, i)
		s.put(t, table, it)
		want[show(item(it))] = true
	}
	const segments = 7
	got := map[string]bool{}
	for segment := range int32(segments) {
		pages := dynamodb.NewScanPaginator(s.Client, &dynamodb.ScanInput{
			TableName: &table, Segment: &segment, TotalSegments: aws.Int32(segments), Limit: aws.Int32(4),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range page.Items {
				if got[show(it)] {
					t.Errorf("%s is in two segments", show(it))
				}
				got[show(it)] = true
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
