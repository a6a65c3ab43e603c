package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/ident"
)

func (s suite) tables(t *testing.T) {
	t.Run("described", s.described)
	t.Run("refused", s.tablesRefused)
	t.Run("time to live", s.timeToLive)
	table := s.table(t, "pk:S")
	out, err := s.Client.ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(1)})
	if err != nil || len(out.TableNames) != 1 {
		t.Errorf("one table: %v, %v", out, err)
	}
	var names []string
	pages := dynamodb.NewListTablesPaginator(s.Client, &dynamodb.ListTablesInput{Limit: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page.TableNames...)
	}
	if !slices.Contains(names, table) || !slices.IsSorted(names) {
		t.Errorf("the tables are %v", names)
	}
	for _, limit := range []int32{0, 101} {
		_, err := s.Client.ListTables(ctx, &dynamodb.ListTablesInput{Limit: &limit})
		if code(err) != "ValidationException" {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func (s suite) described(t *testing.T) {
	table := s.table(t, "pk:S sk:N", global("gsi", "gp:S sk:N", "INCLUDE x y"), local("lsi", "pk:S gp:S", "ALL"), streaming("NEW_AND_OLD_IMAGES"))
	out, err := s.Client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	d := out.Table
	got := []string{
		*d.TableName, string(d.TableStatus), keyText(d.KeySchema), string(d.BillingModeSummary.BillingMode),
		*d.GlobalSecondaryIndexes[0].IndexName, keyText(d.GlobalSecondaryIndexes[0].KeySchema), string(d.GlobalSecondaryIndexes[0].IndexStatus),
		string(d.GlobalSecondaryIndexes[0].Projection.ProjectionType), strings.Join(slices.Sorted(slices.Values(d.GlobalSecondaryIndexes[0].Projection.NonKeyAttributes)), " "),
		*d.LocalSecondaryIndexes[0].IndexName, keyText(d.LocalSecondaryIndexes[0].KeySchema), string(d.LocalSecondaryIndexes[0].Projection.ProjectionType),
		string(d.StreamSpecification.StreamViewType),
	}
	want := []string{table, "ACTIVE", "pk HASH sk RANGE", "PAY_PER_REQUEST", "gsi", "gp HASH sk RANGE", "ACTIVE", "INCLUDE", "x y", "lsi", "pk HASH gp RANGE", "ALL", "NEW_AND_OLD_IMAGES"}
	if !slices.Equal(got, want) || len(d.AttributeDefinitions) != 3 {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if !strings.HasSuffix(*d.TableArn, ":table/"+table) || *d.LatestStreamArn != *d.TableArn+"/stream/"+*d.LatestStreamLabel || d.CreationDateTime == nil {
		t.Errorf("ARNs %s, %s", *d.TableArn, *d.LatestStreamArn)
	}
	_, err = s.Client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("conformance-none")})
	s.refused(t, err, "ResourceNotFoundException: Requested resource not found: Table: conformance-none not found")
	_, err = s.Client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("conformance-none")})
	s.refused(t, err, "ResourceNotFoundException: Requested resource not found: Table: conformance-none not found")
}

func keyText(schema []types.KeySchemaElement) string {
	var out []string
	for _, e := range schema {
		out = append(out, *e.AttributeName, string(e.KeyType))
	}
	return strings.Join(out, " ")
}

// tablesRefused are tables that cannot be made. The messages differ too much to
// be compared; the exceptions do not.
func (s suite) tablesRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*dynamodb.CreateTableInput)
	}{
		{"name too short", func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("ab") }},
		{"name with a slash", func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("a/b/c") }},
		{"attribute not defined", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions[0].AttributeName = aws.String("zz") }},
		{"attribute not used", func(in *dynamodb.CreateTableInput) { define(in, "zz", "S") }},
		{"key of a type that no key has", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions[0].AttributeType = "M" }},
		{"only a sort key", func(in *dynamodb.CreateTableInput) { in.KeySchema[0].KeyType = "RANGE" }},
		{"one attribute for both keys", func(in *dynamodb.CreateTableInput) { in.KeySchema = schema(in, "pk:S pk:S") }},
		{"provisioned without throughput", func(in *dynamodb.CreateTableInput) { in.BillingMode = "PROVISIONED" }},
		{"no global indexes", func(in *dynamodb.CreateTableInput) { in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{} }},
		{"include nothing", global("gsi", "pk:S", "INCLUDE")},
		{"all and more", global("gsi", "pk:S", "ALL a")},
		{"one name for two indexes", func(in *dynamodb.CreateTableInput) {
			global("gsi", "pk:S", "ALL")(in)
			global("gsi", "pk:S", "ALL")(in)
		}},
		{"a local index without sort keys", local("lsi", "pk:S", "ALL")},
		{"a stream of nothing", streaming("")},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &dynamodb.CreateTableInput{TableName: aws.String("conformance-" + ident.Token()), BillingMode: "PAY_PER_REQUEST"}
			in.KeySchema = schema(in, "pk:S")
			c.change(in)
			if _, err := s.Client.CreateTable(ctx, in); code(err) != "ValidationException" {
				t.Errorf("got %v", err)
			}
		})
	}
	table := s.table(t, "pk:S")
	in := &dynamodb.CreateTableInput{TableName: &table, BillingMode: "PAY_PER_REQUEST"}
	in.KeySchema = schema(in, "pk:S")
	_, err := s.Client.CreateTable(ctx, in)
	s.refused(t, err, "ResourceInUseException: Table already exists: "+table)
}

func (s suite) timeToLive(t *testing.T) {
	table := s.table(t, "pk:S")
	set := func(attribute string, enabled bool) error {
		_, err := s.Client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName: &table, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: &enabled},
		})
		return err
	}
	for _, step := range []struct {
		attribute string
		enabled   bool
		want      string
	}{
		{"ttl", false, "ValidationException: TimeToLive is already disabled"}, {"ttl", true, ""},
		{"ttl", true, "ValidationException: TimeToLive is already enabled"},
		{"other", false, "ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is ttl"},
	} {
		s.refused(t, set(step.attribute, step.enabled), step.want)
	}
	out, err := s.Client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &table})
	if err != nil || out.TimeToLiveDescription.TimeToLiveStatus != "ENABLED" || *out.TimeToLiveDescription.AttributeName != "ttl" {
		t.Errorf("got %v, %v", out, err)
	}
	s.refused(t, set("ttl", false), "")
	out, err = s.Client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &table})
	if err != nil || out.TimeToLiveDescription.TimeToLiveStatus != "DISABLED" || out.TimeToLiveDescription.AttributeName != nil {
		t.Errorf("got %v, %v", out, err)
	}
}
