// Package table opens the template's tables for tests: on the local cloud's
// DynamoDB in memory, or at a judge's endpoint (DYNAMODB_ENDPOINT), so that the
// stores' suites run against both.
package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// The tables' names here.
const (
	Runs    = "runs"
	Catalog = "catalog"
)

// TB is what fixtures need of a test; property tests have it too.
type TB interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Open makes both tables, empty, and returns the way to them.
func Open(t testing.TB, c clock.Clock) http.RoundTripper {
	t.Helper()
	return open(t, transport(t, dynamodb.Options{Clock: c}))
}

// OpenLocal makes both tables on a local cloud, for tests whose time is not the
// world's: a judge's answers come from outside of it.
func OpenLocal(t testing.TB, c clock.Clock) http.RoundTripper {
	t.Helper()
	return open(t, local(t, dynamodb.Options{Clock: c}))
}

// OpenHot makes both tables on a local cloud whose items take so many write units a
// second. A judge cannot be asked for that.
func OpenHot(t testing.TB, c clock.Clock, units int) http.RoundTripper {
	t.Helper()
	return open(t, local(t, dynamodb.Options{Clock: c, ItemUnits: units}))
}

func open(t testing.TB, rt http.RoundTripper) http.RoundTripper {
	t.Helper()
	client := Client(rt)
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	for logical, name := range map[string]string{"RunsTable": Runs, "CatalogTable": Catalog} {
		// A judge still has the tables of the test before.
		_, err := client.DeleteTable(context.Background(), &sdk.DeleteTableInput{TableName: &name})
		var missing *types.ResourceNotFoundException
		if err != nil && !errors.As(err, &missing) {
			t.Fatal(err)
		}
		in, err := create(dir, logical, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.CreateTable(context.Background(), in); err != nil {
			t.Fatal(err)
		}
	}
	return rt
}

// Client speaks to the tables through rt; it does not retry.
func Client(rt http.RoundTripper) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 1,
		BaseEndpoint: aws.String("http://dynamodb.local"), HTTPClient: &http.Client{Transport: rt},
	})
}

func transport(t testing.TB, o dynamodb.Options) http.RoundTripper {
	t.Helper()
	if endpoint := os.Getenv("DYNAMODB_ENDPOINT"); endpoint != "" {
		return redirect{strings.TrimPrefix(endpoint, "http://")}
	}
	return local(t, o)
}

func local(t testing.TB, o dynamodb.Options) http.RoundTripper {
	t.Helper()
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.Store = store
	svc, err := dynamodb.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		svc.Close()
		_ = store.Close()
	})
	return inProcess{svc}
}

// inProcess answers requests by a handler, without a network.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &written{header: http.Header{}}
	h.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

// written is an answer as its handler writes it.
type written struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }

// redirect sends requests to a host.
type redirect struct{ host string }

func (d redirect) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = d.host
	return http.DefaultTransport.RoundTrip(r)
}

// create is the table of the template in a folder, as a request.
func create(dir, logical, name string) (*sdk.CreateTableInput, error) {
	stack, err := samtemplate.Load(filepath.Join(dir, "template.yaml"), samtemplate.Options{})
	if err != nil {
		return nil, err
	}
	for _, table := range stack.Tables {
		if table.LogicalID == logical || strings.HasSuffix(table.LogicalID, logical) {
			return request(table, name), nil
		}
	}
	return nil, fmt.Errorf("the template has no table %s", logical)
}

// root is the folder of the module.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the test does not run in the module's folder")
		}
		dir = filepath.Dir(dir)
	}
}

// request asks for the table, its keys, indexes and expiry.
func request(t samtemplate.Table, name string) *sdk.CreateTableInput {
	in := &sdk.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: schema(t.Hash, t.Range)}
	for _, a := range t.Attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type),
		})
	}
	for _, i := range t.Global {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(i.Name), KeySchema: schema(i.Hash, i.Range),
			Projection: &types.Projection{ProjectionType: types.ProjectionType(i.Projection), NonKeyAttributes: i.Include},
		})
	}
	return in
}

func schema(hash, sort string) []types.KeySchemaElement {
	out := []types.KeySchemaElement{{AttributeName: &hash, KeyType: types.KeyTypeHash}}
	if sort != "" {
		out = append(out, types.KeySchemaElement{AttributeName: &sort, KeyType: types.KeyTypeRange})
	}
	return out
}
