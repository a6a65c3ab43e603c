package app

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/automatelanka/automatelanka/internal/admission"
	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/pace"
	"github.com/automatelanka/automatelanka/internal/s3blob"
	"github.com/automatelanka/automatelanka/internal/sqsqueue"
	"github.com/automatelanka/automatelanka/internal/telemetry"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// StoreConfig is the environment of every function that reads or writes data.
type StoreConfig struct {
	RunsTable    string `env:"RUNS_TABLE, required"`
	CatalogTable string `env:"CATALOG_TABLE, required"`
	DataBucket   string `env:"DATA_BUCKET, required"`
	PublicURL    string `env:"PUBLIC_URL"`
}

// QueueConfig is the environment of functions that offer executions.
type QueueConfig struct {
	Free       string `env:"QUEUE_FREE, required"`
	Pro        string `env:"QUEUE_PRO, required"`
	Enterprise string `env:"QUEUE_ENTERPRISE, required"`
}

// Shared are caches that all functions of one process may use together. On
// Lambda each function has its own; the local platform has one for all.
type Shared struct {
	once      sync.Once
	states    *execution.States
	directory *tenant.Directory
	workflows *dynamostore.Workflows
	modelOnce sync.Once
	model     *model
}

// NewShared returns empty caches.
func NewShared() *Shared { return &Shared{} }

// core is what most functions are built on.
type core struct {
	runs      *dynamostore.Runs
	catalog   *dynamostore.Catalog
	blobs     *s3blob.Store
	directory *tenant.Directory
	workflows *dynamostore.Workflows
	states    *execution.States
	recorder  *telemetry.Recorder
	log       *slog.Logger
	publicURL string
}

func newCore(env Env, cfg StoreConfig) *core {
	db := dynamodb.NewFromConfig(env.AWS)
	c := &core{
		blobs:    s3blob.New(s3.NewFromConfig(env.AWS, func(o *s3.Options) { o.UsePathStyle = true }), cfg.DataBucket),
		recorder: env.recorder(), publicURL: strings.TrimSuffix(cfg.PublicURL, "/"),
	}
	c.log = c.recorder.Logger()
	c.runs = dynamostore.NewRuns(db, cfg.RunsTable, c.blobs, env.Clock)
	c.catalog = dynamostore.NewCatalog(db, cfg.CatalogTable, c.blobs, env.Clock)
	env.Shared.once.Do(func() {
		env.Shared.directory = tenant.NewDirectory(c.catalog, env.Clock)
		env.Shared.workflows = dynamostore.NewWorkflows(c.catalog)
		env.Shared.states = &execution.States{Store: c.runs, Workflows: env.Shared.workflows}
	})
	c.directory, c.workflows, c.states = env.Shared.directory, env.Shared.workflows, env.Shared.states
	return c
}

// DeadLetterConfig is the environment of the function that looks after queues.
type DeadLetterConfig struct {
	Free       string `env:"DLQ_FREE, required"`
	Pro        string `env:"DLQ_PRO, required"`
	Enterprise string `env:"DLQ_ENTERPRISE, required"`
}

// prices are the prices of AI models as operators set them.
func (c *core) prices(env Env) *usage.PriceList {
	return &usage.PriceList{Base: usage.Builtin(), Clock: env.Clock, Log: c.log, Load: func(ctx context.Context) ([]usage.Price, error) {
		set, err := c.directory.Prices(ctx)
		out := make([]usage.Price, len(set))
		for i, p := range set {
			out[i] = usage.Price(p)
		}
		return out, err
	}}
}

// office is where operators ask and act.
func (c *core) office(env Env, api execution.API, slots oversight.Slots, queues oversight.Queues) *oversight.Office {
	return &oversight.Office{
		Index: c.runs, Executions: api, Directory: c.directory, Ledger: c.ledger(), Queues: queues, Slots: slots,
		Audit: c.catalog, Clock: env.Clock, Log: c.log,
	}
}

// ledger is the books of AI tokens and runs.
func (c *core) ledger() *dynamostore.Ledger {
	return dynamostore.NewLedger(c.runs, c.directory, c.workflows)
}

// pairs are the plans' queues with their dead letters.
func pairs(env Env, q QueueConfig, d DeadLetterConfig) *sqsqueue.Pairs {
	return &sqsqueue.Pairs{Client: sqs.NewFromConfig(env.AWS), Plans: map[tenant.PlanName]sqsqueue.Pair{
		tenant.Free: {URL: q.Free, Dead: d.Free}, tenant.Pro: {URL: q.Pro, Dead: d.Pro}, tenant.Enterprise: {URL: q.Enterprise, Dead: d.Enterprise},
	}}
}

// line is admission as the function sees it; without a machine it starts nothing.
func (c *core) line(env Env, q QueueConfig, m admission.Machine) *admission.Desk {
	return &admission.Desk{
		Store: c.runs, Limits: c.directory, Machine: m, Clock: env.Clock, Log: c.log,
		Queue: &sqsqueue.Queue{Client: sqs.NewFromConfig(env.AWS), URLs: map[tenant.PlanName]string{
			tenant.Free: q.Free, tenant.Pro: q.Pro, tenant.Enterprise: q.Enterprise,
		}},
	}
}

// desk is where executions are asked for.
func (c *core) desk(env Env, line execution.Line) *execution.Desk {
	return &execution.Desk{
		Store: c.runs, Workflows: c.workflows, Limits: c.directory, Line: line,
		Observer: c.recorder, Clock: env.Clock, LeaseTime: admission.LeaseTime,
	}
}

// resumeURL is the address that wakes a waiting execution.
func (c *core) resumeURL(e execution.Control) string {
	return c.publicURL + "/hooks/" + string(e.Tenant) + "/waiting/" + string(e.ID) + "/" + e.ResumeToken
}

// pace limits how often this instance lets tenants call services.
func (c *core) pace(env Env) *pace.Limiter {
	return pace.New(dynamostore.Paces{Runs: c.runs}, env.Clock, ident.Fraction)
}

// alarm starts error workflows.
func (c *core) alarm(env Env, line execution.Line) *execution.Alarm {
	return &execution.Alarm{
		Desk: c.desk(env, line), Store: c.runs, Clock: env.Clock, Log: c.log,
		URL: func(ref execution.Ref) string { return c.publicURL + "/executions/" + string(ref.ID) },
	}
}

// dataTables are tenants' tables.
func (c *core) dataTables(env Env) *datatable.Desk {
	store := dynamostore.DataTables{Runs: c.runs}
	return &datatable.Desk{Tables: store, Rows: store, Clock: env.Clock}
}

// files are those that travel with items.
func (c *core) files() s3blob.Files { return s3blob.Files{Store: c.blobs} }
