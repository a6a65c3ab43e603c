package localcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/gateway"
	"github.com/automatelanka/automatelanka/infra/localcloud/lambdahost"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// deployData makes what holds data: queues, tables, buckets, keys.
func (c *Cloud) deployData() error {
	for _, q := range c.stack.Queues {
		err := c.queues.AddQueue(sqs.Spec{
			Name: q.Name, ARN: q.ARN, URL: q.URL, FIFO: q.FIFO, ContentBased: q.ContentBased,
			VisibilityTimeout: q.VisibilityTimeout, Delay: q.Delay, ReceiveWait: q.ReceiveWait, Retention: q.Retention,
			MaximumMessage: q.MaximumMessage, DeadLetterARN: q.DeadLetterARN, MaxReceives: q.MaxReceives,
		})
		if err != nil {
			return err
		}
	}
	for _, d := range c.stack.Dashboards {
		c.metrics.AddDashboard(d.Name, d.Body)
	}
	if err := errors.Join(c.deployTables(), c.deploySchedules()); err != nil {
		return err
	}
	for _, b := range c.stack.Buckets {
		if b.Versioned {
			return fmt.Errorf("%s: the bucket %s keeps versions, which the local cloud does not support", b.At, b.LogicalID)
		}
		if err := c.objects.AddBucket(b.Name, b.AbortAfter); err != nil {
			return err
		}
	}
	for _, k := range c.stack.Keys {
		if err := c.keys.AddKey(k.ID, k.ARN, k.Description); err != nil {
			return err
		}
	}
	for _, a := range c.stack.Aliases {
		c.keys.AddAlias(a.Name, a.Target)
	}
	for _, s := range c.stack.Secrets {
		value, err := firstValue(s)
		if err != nil {
			return fmt.Errorf("%s: the secret %s: %w", s.At, s.LogicalID, err)
		}
		if err := c.secrets.Add(s.Name, s.ARN, value); err != nil {
			return err
		}
	}
	return nil
}

// firstValue is the value that a secret is made with: the template's, or a random
// one, alone or as a member of a JSON object.
func firstValue(s samtemplate.Secret) (string, error) {
	if s.Generate == 0 {
		return s.Value, nil
	}
	random := ""
	for len(random) < s.Generate {
		random += ident.Secret()
	}
	random = random[:s.Generate]
	if s.GenerateKey == "" {
		return random, nil
	}
	object := map[string]any{}
	if err := json.Unmarshal([]byte(s.GenerateTemplate), &object); err != nil {
		return "", err
	}
	object[s.GenerateKey] = random
	b, err := json.Marshal(object)
	return string(b), err
}

// deployTables makes the tables, or brings them to what the template says.
func (c *Cloud) deployTables() error {
	for _, t := range c.stack.Tables {
		spec := dynamodb.TableSpec{
			Name: t.Name, Attributes: map[string]string{}, Key: dynamodb.Key{Hash: t.Hash, Range: t.Range},
			StreamView: t.StreamView, TTL: t.TTL, Recovery: t.Recovery, StreamLabel: t.StreamARN[strings.LastIndexByte(t.StreamARN, '/')+1:],
		}
		for _, a := range t.Attributes {
			spec.Attributes[a.Name] = a.Type
		}
		for _, x := range t.Global {
			spec.GlobalIndexes = append(spec.GlobalIndexes, indexSpec(x))
		}
		for _, x := range t.Local {
			spec.LocalIndexes = append(spec.LocalIndexes, indexSpec(x))
		}
		if err := c.tables.CreateTable(spec); err != nil {
			return fmt.Errorf("%s: the table %s: %w", t.At, t.LogicalID, err)
		}
	}
	return nil
}

func indexSpec(x samtemplate.Index) dynamodb.IndexSpec {
	return dynamodb.IndexSpec{
		Name: x.Name, Key: dynamodb.Key{Hash: x.Hash, Range: x.Range}, Projection: x.Projection, Include: x.Include,
	}
}

// deploySchedules makes the template's groups and schedules.
func (c *Cloud) deploySchedules() error {
	for _, g := range c.stack.ScheduleGroups {
		c.schedules.AddGroup(g.Name)
	}
	for _, s := range c.stack.Schedules {
		if err := c.schedules.AddSchedule(scheduleSpec(s)); err != nil {
			return fmt.Errorf("%s: the schedule %s: %w", s.At, s.Name, err)
		}
	}
	return nil
}

// deployFunctions constructs every function of the template.
func (c *Cloud) deployFunctions(ctx context.Context) error {
	var errs []error
	for _, f := range c.stack.Functions {
		construct, ok := c.opts.Constructors[f.CodeURI]
		if !ok {
			errs = append(errs, fmt.Errorf("%s: the function %s has no constructor for %s", f.At, f.LogicalID, f.CodeURI))
			continue
		}
		handler, err := construct(ctx, c.env(f))
		if err != nil {
			errs = append(errs, fmt.Errorf("the function %s cannot start: %w", f.LogicalID, err))
			continue
		}
		errs = append(errs, c.functions.Register(lambdahost.Function{
			Name: f.Name, ARN: f.ARN, Timeout: f.Timeout, MemoryMB: f.MemoryMB, ReservedConcurrency: f.ReservedConcurrency,
			AllowRecursion: f.AllowRecursion, Handler: handler,
			AsyncRetries: f.AsyncRetries, AsyncMaxAge: f.AsyncMaxAge, DeadLetterARN: f.DeadLetterARN,
		}))
	}
	return errors.Join(errs...)
}

// env is the environment of a function: the template's variables and Lambda's.
func (c *Cloud) env(f samtemplate.Function) Env {
	vars := map[string]string{
		"AWS_REGION": c.stack.Region, "AWS_DEFAULT_REGION": c.stack.Region, "AWS_LAMBDA_FUNCTION_NAME": f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
	}
	maps.Copy(vars, f.Environment)
	return Env{FunctionName: f.Name, FunctionARN: f.ARN, Variables: vars, AWS: c.AWSConfig(), Clock: c.opts.Clock, Output: c.metrics, Count: c.metrics.Put}
}

func (c *Cloud) deployAPIs() error {
	for _, api := range slices.Concat(c.stack.HTTPAPIs, c.stack.FunctionURLs) {
		c.apis[api.ID] = gateway.NewHTTP(api, c.gatewayOptions())
	}
	for _, api := range c.stack.WebSocketAPIs {
		socket, err := gateway.NewWebSocket(api, c.gatewayOptions())
		if err != nil {
			return err
		}
		c.apis[api.ID] = socket
		c.sockets = append(c.sockets, socket)
	}
	return nil
}

// deployMachines starts the state machine service, which takes up open runs, and
// brings the machines to what the template says.
func (c *Cloud) deployMachines(ctx context.Context) error {
	if err := c.machines.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	for _, m := range c.stack.StateMachines {
		arn, err := c.machines.Deploy(stepfunctions.MachineSpec{
			Name: m.Name, Definition: string(m.Definition), Express: m.Type == "EXPRESS",
		})
		if err != nil {
			return fmt.Errorf("%s: the state machine %s: %w", m.At, m.LogicalID, err)
		}
		if arn != m.ARN {
			return fmt.Errorf("%s: the state machine %s got the ARN %s", m.At, m.LogicalID, arn)
		}
	}
	return nil
}
