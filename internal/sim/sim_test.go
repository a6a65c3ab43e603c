package sim

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var (
	schedules = flag.Int("sim.schedules", 150, "number of schedules")
	firstSeed = flag.Uint64("sim.seed", 0, "seed of the first schedule")
)

// TestSimulation plays seeded schedules; a failing one prints its seed and what happened.
func TestSimulation(t *testing.T) {
	ctx := context.Background()
	db, table := openTable(t)
	for i := range *schedules {
		seed := *firstSeed + uint64(i)
		w := newWorld(seed, db, table)
		if bad := w.run(ctx); len(bad) > 0 {
			t.Fatalf("seed %d:\n%s\n\nwhat happened:\n%s", seed, strings.Join(bad, "\n"), strings.Join(w.log, "\n"))
		}
	}
}

// openTable makes the runs table at a judge's endpoint (DYNAMODB_ENDPOINT).
func openTable(t *testing.T) (http.RoundTripper, string) {
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	rt := redirect{strings.TrimPrefix(endpoint, "http://")}
	client := dynamodb.New(dynamodb.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("sim", "sim", ""),
		BaseEndpoint: aws.String("http://dynamodb.local"), HTTPClient: &http.Client{Transport: rt},
	})
	_, err := client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: aws.String("runs"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("os"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("du"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("open"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("os"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("du"), KeyType: types.KeyTypeRange},
			},
		}},
	})
	var exists *types.ResourceInUseException
	if err != nil && !errors.As(err, &exists) {
		t.Fatal(err)
	}
	return rt, "runs"
}

type redirect struct{ host string }

func (d redirect) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = d.host
	return http.DefaultTransport.RoundTrip(r)
}
