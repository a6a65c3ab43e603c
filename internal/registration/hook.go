package registration

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/connector"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// The operations of a trigger's file.
const (
	opCheck      = "check"
	opRegister   = "register"
	opAdopt      = "adopt"
	opUnregister = "unregister"
)

// requests are a type's operations, read once.
var requests sync.Map // by type: func() (node.Type, error)

// requestsOf reads the operations of a type's registration.
func requestsOf(t *service.Type) (node.Type, error) {
	f, _ := requests.LoadOrStore(t.Type, sync.OnceValues(func() (node.Type, error) {
		return connector.Part(connector.Head{
			Type: t.Type, Versions: t.Versions, Name: t.Name, Description: t.Description, Docs: t.Docs,
		}, t.Registration.API)
	}))
	return f.(func() (node.Type, error))()
}

// adopts reports whether the type's hooks can be changed.
func adopts(t *service.Type) bool {
	var api struct {
		Operations []struct {
			Value string `json:"value"`
		} `json:"operations"`
	}
	_ = json.Unmarshal(t.Registration.API, &api) // requestsOf has read it
	for _, o := range api.Operations {
		if o.Value == opAdopt {
			return true
		}
	}
	return false
}

// caller speaks to a service for one node.
type caller struct {
	services node.Services
	clock    clock.Clock
	tenant   ident.Tenant
	typ      *service.Type
	requests node.Type
	workflow *workflow.Workflow
	node     *workflow.Node
	given    *value.Object // $json
}

// found is a hook that the service has.
type found struct {
	ID, URL, Secret string
	Expires         time.Time
}

// newCaller reads a node as it was kept.
func newCaller(services node.Services, c clock.Clock, t ident.Tenant, source json.RawMessage) (*caller, error) {
	wf, n, err := trigger.ParseSource(source)
	if err != nil {
		return nil, err
	}
	typ := service.Of(n.Type)
	if typ == nil || typ.Registration == nil {
		return nil, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported, "Nodes of the type %s do not register themselves.", n.Type)
	}
	requests, err := requestsOf(typ)
	if err != nil {
		return nil, fmt.Errorf("the requests of %s: %w", typ.Type, err)
	}
	return &caller{services: services, clock: c, tenant: t, typ: typ, requests: requests, workflow: wf, node: n, given: value.NewObject(6)}, nil
}

// ask runs an operation; id is the hook's.
func (c *caller) ask(ctx context.Context, operation, id string) ([]found, error) {
	n := *c.node
	n.Parameters = n.Parameters.Shallow()
	n.Parameters.Set("operation", operation)
	n.OnError = workflow.OnErrorStop
	given := c.given.Shallow()
	given.Set("id", id)
	env := node.Env{
		Workflow: c.workflow, Services: c.services, Clock: c.clock,
		Run: node.RunInfo{Tenant: string(c.tenant), Mode: "trigger", Timezone: "UTC", Now: c.clock.Now(), Attempt: 1},
	}
	call := env.NewCall(ctx, &c.requests, walk.Step{Node: &n}, [][]workflow.Item{{{JSON: given}}})
	defer call.Close()
	result, err := c.requests.Run(ctx, call)
	if err != nil {
		return nil, err
	}
	var out []found
	for _, items := range result.Outputs {
		for _, it := range items {
			f := found{ID: text(it.JSON, "id"), URL: text(it.JSON, "url"), Secret: text(it.JSON, "secret")}
			f.Expires, _ = time.Parse(time.RFC3339, text(it.JSON, "expires"))
			out = append(out, f)
		}
	}
	return out, nil
}

func text(o *value.Object, name string) string {
	v, _ := o.Get(name)
	if v == nil {
		return ""
	}
	return node.Text(v)
}
