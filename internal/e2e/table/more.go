package table

import (
	"context"
	"net/http"
	"sync"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// AddRuns makes another empty table of the shape of the runs table.
func AddRuns(ctx context.Context, rt http.RoundTripper, name string) error {
	in, err := runsTable()
	if err != nil {
		return err
	}
	in.TableName = &name
	_, err = Client(rt).CreateTable(ctx, &in)
	return err
}

// Drop removes a table with all that is in it.
func Drop(ctx context.Context, rt http.RoundTripper, name string) error {
	_, err := Client(rt).DeleteTable(ctx, &sdk.DeleteTableInput{TableName: &name})
	return err
}

var runsTable = sync.OnceValues(func() (sdk.CreateTableInput, error) {
	dir, err := root()
	if err != nil {
		return sdk.CreateTableInput{}, err
	}
	in, err := create(dir, "RunsTable", "")
	if err != nil {
		return sdk.CreateTableInput{}, err
	}
	return *in, nil
})
