package conformance

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/smithy-go"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Target is what the suite is run against.
type Target struct {
	Client  *dynamodb.Client
	Streams *dynamodbstreams.Client
	// Local is whether it is DynamoDB Local, with its known differences from AWS.
	Local bool
}

// Run runs the whole suite. It makes tables of its own and removes them.
func Run(t *testing.T, target Target) {
	s := suite{Target: target}
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"conditions", s.conditions}, {"updates", s.updates}, {"queries", s.queries}, {"items", s.items},
		{"indexes", s.indexes}, {"pages", s.pages}, {"batches", s.batches}, {"transactions", s.transactions},
		{"capacity", s.capacity}, {"tables", s.tables}, {"streams", s.streams}, {"random", s.random},
	} {
		t.Run(part.name, part.run)
	}
}

type suite struct{ Target }

var ctx = context.Background()

// tableSpec is what makes a test's table: its name, its keys "pk:S" or "pk:S sk:N",
// and what else CreateTable is to be given.
func (s suite) table(t *testing.T, keys string, more ...func(*dynamodb.CreateTableInput)) string {
	t.Helper()
	in := &dynamodb.CreateTableInput{
		TableName: aws.String("conformance-" + ident.Token()), BillingMode: types.BillingModePayPerRequest,
	}
	in.KeySchema = schema(in, keys)
	for _, m := range more {
		m(in)
	}
	if _, err := s.Client.CreateTable(ctx, in); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.Client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: in.TableName}); err != nil {
			t.Error(err)
		}
	})
	return *in.TableName
}

// schema makes the key schema of "pk:S sk:N", and defines its attributes.
func schema(in *dynamodb.CreateTableInput, keys string) []types.KeySchemaElement {
	var out []types.KeySchemaElement
	for i, key := range strings.Fields(keys) {
		name, kind, _ := strings.Cut(key, ":")
		role := types.KeyTypeHash
		if i > 0 {
			role = types.KeyTypeRange
		}
		out = append(out, types.KeySchemaElement{AttributeName: aws.String(name), KeyType: role})
		define(in, name, kind)
	}
	return out
}

func define(in *dynamodb.CreateTableInput, name, kind string) {
	for _, d := range in.AttributeDefinitions {
		if *d.AttributeName == name {
			return
		}
	}
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
		AttributeName: aws.String(name), AttributeType: types.ScalarAttributeType(kind),
	})
}

// global adds a global index: its keys as in table, its projection as ALL,
// KEYS_ONLY or "INCLUDE a b".
func global(name, keys, projection string) func(*dynamodb.CreateTableInput) {
	return func(in *dynamodb.CreateTableInput) {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(name), KeySchema: schema(in, keys), Projection: projecting(projection),
		})
	}
}

// local adds a local index.
func local(name, keys, projection string) func(*dynamodb.CreateTableInput) {
	return func(in *dynamodb.CreateTableInput) {
		in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, types.LocalSecondaryIndex{
			IndexName: aws.String(name), KeySchema: schema(in, keys), Projection: projecting(projection),
		})
	}
}

func projecting(text string) *types.Projection {
	words := strings.Fields(text)
	out := &types.Projection{ProjectionType: types.ProjectionType(words[0])}
	if len(words) > 1 {
		out.NonKeyAttributes = words[1:]
	}
	return out
}

// streaming gives the table a stream.
func streaming(view types.StreamViewType) func(*dynamodb.CreateTableInput) {
	return func(in *dynamodb.CreateTableInput) {
		in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: view}
	}
}

func (s suite) put(t *testing.T, table string, items ...string) {
	t.Helper()
	for _, it := range items {
		if _, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item(it)}); err != nil {
			t.Fatalf("put %s: %v", it, err)
		}
	}
}

func (s suite) get(t *testing.T, table, key string) attributes {
	t.Helper()
	out, err := s.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: item(key), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// refused fails the test unless err is the exception, written as its name and
// message. Where DynamoDB Local words it differently, that is right for it.
func (s suite) refused(t *testing.T, err error, want string) {
	t.Helper()
	if got := exception(err); !s.same(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func (s suite) same(got, want string) bool {
	if got == want {
		return true
	}
	if !s.Local {
		return false
	}
	for _, r := range reworded {
		if !r.aws.MatchString(want) {
			continue
		}
		if r.like != nil && r.like.MatchString(got) || r.aws.ReplaceAllString(want, r.local) == got {
			return true
		}
	}
	return false
}

// rewording is an exception as AWS has it, and as DynamoDB Local has it.
type rewording struct {
	aws   *regexp.Regexp
	local string         // may refer to groups of aws
	like  *regexp.Regexp // instead of local
}

// eventually calls fn until it succeeds, for what DynamoDB Local does a little later.
func eventually(t *testing.T, fn func() error) {
	t.Helper()
	var err error
	for range 200 {
		if err = fn(); err == nil {
			return
		}
		if clock.Sleep(ctx, clock.Real(), 25*time.Millisecond) != nil {
			break
		}
	}
	t.Fatal(err)
}

// code returns the name of an error's exception.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

// asException reports whether err is an exception of the type.
func asException[E error](err error, into *E) bool { return errors.As(err, into) }
