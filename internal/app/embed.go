package app

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/feed"
)

// Embed is the function that keeps the search indexes: it follows the catalogue
// table's stream, and rebuilds an index when an operator asks for it.
func Embed(open OpenModel) Constructor {
	return func(ctx context.Context, env Env) (lambda.Handler, error) {
		var cfg struct {
			StoreConfig
		}
		if err := configure(ctx, env, &cfg); err != nil {
			return nil, err
		}
		index, err := builtinIndex()
		if err != nil {
			return nil, err
		}
		c := newCore(env, cfg.StoreConfig)
		m := env.Shared.embedding(open, index.Model())
		if env.Ahead {
			if _, err := m.get(); err != nil {
				return nil, err
			}
		}
		f := &feed.Feed{Store: search.NewStore(IndexConfig{cfg.DataBucket}.blobs(env), m, env.Clock), Workflows: c.catalog, Tenants: c.directory, Log: c.log}
		stream := lambdarun.Records(func(ctx context.Context, records []events.DynamoDBEventRecord) error {
			told, err := dynamostore.WorkflowEvents(records)
			if err == nil {
				err = f.Handle(ctx, told)
			}
			if err != nil {
				c.log.Error("workflows could not be embedded", "records", len(records), "error", err)
			}
			return err
		})
		return lambdarun.Requests(lambdarun.HTTP(httpapi.NewReindex(httpapi.Parts{Reindexer: f, Audit: c.catalog, Clock: env.Clock, Log: c.log}), httpapi.WithCaller), stream), nil
	}
}
