package localcloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/cloudwatch"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/gateway"
	"github.com/automatelanka/automatelanka/infra/localcloud/inject"
	"github.com/automatelanka/automatelanka/infra/localcloud/kms"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/s3"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/infra/localcloud/scheduler"
	"github.com/automatelanka/automatelanka/infra/localcloud/secretsmanager"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
	"github.com/automatelanka/automatelanka/infra/localcloud/ssm"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions"
)

// Cloud is an open local cloud. All methods are safe for concurrent use.
type Cloud struct {
	opts      Options
	stack     *samtemplate.Stack
	meter     *meter.Meter
	store     *gatedStore
	transport *transport
	faults    *inject.Plan
	latency   inject.Latency

	services  map[string]http.Handler // by the name in credential scopes
	apis      map[string]http.Handler // by API id
	functions *lambdahost.Host
	queues    *sqs.Service
	machines  *stepfunctions.Service
	tables    *dynamodb.Service
	schedules *scheduler.Service
	objects   *s3.Service
	keys      *kms.Service
	secrets   *secretsmanager.Service
	metrics   *cloudwatch.Service

	mu      sync.Mutex
	sockets []closer // WebSocket APIs
	sources []closer // event sources, in the order of their start
	started bool
	closed  bool
}

// closer is something that is stopped and waited for.
type closer interface {
	Close(ctx context.Context) error
}

// Open reads the template, opens the data and builds everything that stands in
// the template, functions included. Nothing runs before Start.
func Open(ctx context.Context, o Options) (*Cloud, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	stack, err := samtemplate.Load(o.TemplatePath, o.templateOptions())
	if err != nil {
		return nil, err
	}
	dir := ""
	if o.Data != "" {
		dir = filepath.Join(o.Data, "kv")
	}
	store, err := kv.Open(kv.Options{Dir: dir, Fsync: o.Fsync})
	if err != nil {
		return nil, fmt.Errorf("localcloud: %w", err)
	}
	c := &Cloud{
		opts: o, stack: stack, meter: &meter.Meter{}, store: &gatedStore{inner: store},
		services: map[string]http.Handler{}, apis: map[string]http.Handler{},
	}
	c.transport = &transport{cloud: c}
	if c.faults, err = inject.New(o.Faults, o.Seed, c.meter); err != nil {
		return nil, errors.Join(err, c.store.Close())
	}
	if c.latency, err = inject.NewLatency(o.Latency); err != nil {
		return nil, errors.Join(err, c.store.Close())
	}
	if err := c.build(ctx); err != nil {
		if c.tables != nil {
			c.tables.Close()
		}
		return nil, errors.Join(err, c.store.Close())
	}
	return c, nil
}

// build makes the services, then what the template puts into them.
func (c *Cloud) build(ctx context.Context) error {
	var err error
	c.metrics, err = cloudwatch.New(cloudwatch.Options{
		Store: c.store, Clock: c.opts.Clock, Meter: c.meter, Sample: c.queueMetrics,
		Failed: func(err error) { c.opts.Logger.Error("metrics were lost", "error", err) },
	})
	if err != nil {
		return err
	}
	c.functions = lambdahost.New(lambdahost.Options{
		Store: c.store, Clock: c.opts.Clock, Meter: c.meter, DeadLetter: c.deadLetter, Ended: c.functionEnded, Throttled: c.functionThrottled,
	})
	c.queues, err = sqs.New(sqs.Options{
		Store: c.store, Clock: c.opts.Clock, Meter: c.meter, Faults: c.faults, Region: c.stack.Region, AccountID: c.stack.AccountID,
	})
	if err != nil {
		return err
	}
	c.machines = stepfunctions.New(stepfunctions.Options{
		Store: c.store, Clock: c.opts.Clock, Meter: c.meter, Invoker: taskInvoker{c}, Caller: taskCaller{c},
		Logger: c.opts.Logger, Region: c.stack.Region, Account: c.stack.AccountID, DuplicateStart: c.faults.DuplicateStart,
	})
	if err := c.buildStores(); err != nil {
		return err
	}
	c.tables, err = dynamodb.New(dynamodb.Options{
		Store: c.store, Clock: c.opts.Clock, Meter: c.meter, Region: c.stack.Region, AccountID: c.stack.AccountID,
		IndexLag: c.faults.IndexLag(), ItemUnits: c.faults.ItemUnits(),
	})
	if err != nil {
		return err
	}
	c.schedules, err = scheduler.New(scheduler.Options{
		Store: c.store, Clock: c.opts.Clock, Meter: c.meter, Logger: c.opts.Logger, Deliver: c.deliverTick,
		Region: c.stack.Region, AccountID: c.stack.AccountID,
	})
	if err != nil {
		return err
	}
	c.services["monitoring"] = c.metrics
	c.services["lambda"], c.services["sqs"], c.services["states"] = c.functions, c.queues, c.machines
	c.services["dynamodb"], c.services["streams.dynamodb"], c.services["scheduler"] = c.tables, c.tables, c.schedules
	if err := c.deployData(); err != nil {
		return err
	}
	return errors.Join(c.deployFunctions(ctx), c.deployAPIs())
}

// buildStores makes the services that only store: objects, keys, secrets, parameters.
func (c *Cloud) buildStores() error {
	dir := ""
	if c.opts.Data != "" {
		dir = filepath.Join(c.opts.Data, "s3")
	}
	var err error
	c.objects, err = s3.New(s3.Options{
		Store: c.store, Clock: c.opts.Clock, Meter: c.meter, Dir: dir, Fsync: c.opts.Fsync, Region: c.stack.Region,
	})
	if err != nil {
		return err
	}
	c.keys = kms.New(kms.Options{Store: c.store, Clock: c.opts.Clock, Meter: c.meter, Region: c.stack.Region, AccountID: c.stack.AccountID})
	c.secrets = secretsmanager.New(secretsmanager.Options{Store: c.store, Clock: c.opts.Clock, Meter: c.meter})
	parameters := ssm.New(c.meter)
	for _, p := range c.stack.SSMParameters {
		parameters.Add(ssm.Parameter{Name: p.Name, Type: p.Type, Value: p.Value})
	}
	c.services["s3"], c.services["kms"], c.services["secretsmanager"], c.services["ssm"] = c.objects, c.keys, c.secrets, parameters
	return nil
}

// Start lets everything run: what an earlier process left open, event sources,
// state machines.
func (c *Cloud) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started {
		return errors.New("localcloud: already started")
	}
	c.started = true
	if err := c.deployMachines(ctx); err != nil {
		return err
	}
	if err := c.functions.Start(); err != nil {
		return err
	}
	if err := c.startSources(); err != nil {
		return err
	}
	return c.schedules.Start()
}

// Close stops taking in work, waits until what runs has ended or ctx ends (at
// most 30 s of the cloud's clock), and closes the data.
func (c *Cloud) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := c.opts.Clock.AfterFunc(closeGrace, cancel)
	defer timer.Stop()
	var errs []error
	for _, s := range c.sockets {
		errs = append(errs, s.Close(ctx))
	}
	errs = append(errs, c.schedules.Close(ctx))
	for _, s := range c.sources {
		errs = append(errs, s.Close(ctx))
	}
	c.machines.Close()
	errs = append(errs, c.functions.Close(ctx), c.metrics.Close())
	c.queues.Close()
	c.tables.Close()
	return errors.Join(append(errs, c.store.Close())...)
}

// service finds a service by its name in credential scopes, or an API by its id.
func (c *Cloud) service(name, api string) (service, error) {
	if name == "execute-api" {
		if h, ok := c.apis[api]; ok {
			return service{name: name, handler: h}, nil
		}
		return service{}, fmt.Errorf("the local cloud has no API %s", api)
	}
	if h, ok := c.services[name]; ok {
		return service{name: name, handler: h}, nil
	}
	return service{}, fmt.Errorf("the local cloud has no service %q", name)
}

// Transport returns the cloud's network, for clients that sign their own requests.
func (c *Cloud) Transport() http.RoundTripper { return c.transport }

// Meter counts what AWS would bill.
func (c *Cloud) Meter() *meter.Meter { return c.meter }

// Stack is what the template made: names, ARNs, URLs.
func (c *Cloud) Stack() *samtemplate.Stack { return c.stack }

// Functions is the host of the functions.
func (c *Cloud) Functions() *lambdahost.Host { return c.functions }

// Queues is the queue service.
func (c *Cloud) Queues() *sqs.Service { return c.queues }

// SetSecret replaces the value of a secret, named by its logical id in the template.
func (c *Cloud) SetSecret(logicalID, value string) error {
	for _, s := range c.stack.Secrets {
		if s.LogicalID == logicalID {
			return c.secrets.Set(s.Name, value)
		}
	}
	return fmt.Errorf("the template has no secret %s", logicalID)
}

// StateMachines is the state machine service.
func (c *Cloud) StateMachines() *stepfunctions.Service { return c.machines }

func (c *Cloud) gatewayOptions() gateway.Options {
	return gateway.Options{
		Clock: c.opts.Clock, Meter: c.meter, Invoker: invoker{c}, Logger: c.opts.Logger,
		Region: c.stack.Region, AccountID: c.stack.AccountID,
	}
}
