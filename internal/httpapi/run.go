package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Job is an execution that was accepted.
type Job struct {
	JobID       ident.Execution  `json:"jobId" doc:"The execution's id."`
	Status      execution.Status `json:"status" enum:"queued,running,waiting,completed,failed,cancelled"`
	TrackingURL string           `json:"trackingUrl" doc:"Where its status is, below the API's address."`
}

func jobOf(id ident.Execution, s execution.Status) Job {
	return Job{id, s, TrackingURL(id)}
}

// TrackingURL is where a run's status is, below the API's address.
func TrackingURL(id ident.Execution) string { return "/api/jobs/" + string(id) + "/status" }

type jobOutput struct {
	Location string `header:"Location"`
	Body     Job
}

func answerJob(j Job) *jobOutput { return &jobOutput{Location: j.TrackingURL, Body: j} }

type runInput struct {
	WorkflowPath
	WorkflowInput
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"Repeats with the same key and body, within 24 h, get the first answer and start nothing."`
}

func runRoutes(a *API) {
	add(a, route{
		id: "runWorkflow", method: http.MethodPost, path: "/api/workflows/{id}/run", tag: "executions",
		summary: "Run a workflow", about: "The run is queued and answered at once; its status is at trackingUrl.",
		role: tenant.Editor, scope: tenant.WriteExecutions, status: http.StatusAccepted, body: runSchema(), bodyless: true,
		errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}, a.run)
}

func runSchema() *huma.Schema {
	item := anyObject("An item: {\"json\": {…}}, or the JSON object itself.")
	items := &huma.Schema{Type: huma.TypeArray, Items: item}
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"input":     {AnyOf: []*huma.Schema{item, items}, Description: "What the start node gets; one empty item if left out."},
			"version":   {Type: huma.TypeInteger, Minimum: new(float64), Description: "The version to run; the current one if left out."},
			"onLimit":   {Type: huma.TypeString, Enum: []any{"queue", "reject"}, Description: "Wait in line when all slots are taken (default), or refuse."},
			"startNode": {Type: huma.TypeString, Description: "The name of the node to start from."},
			"test": {Type: huma.TypeObject, AdditionalProperties: false, Description: "A test run.", Properties: map[string]*huma.Schema{
				"pinData":         {Type: huma.TypeObject, AdditionalProperties: items, Description: "Items that nodes give without running, by node name; the workflow's own if left out."},
				"destinationNode": {Type: huma.TypeString, Description: "The run ends after this node."},
			}},
		},
	}
}

func (a *API) run(ctx context.Context, in *runInput) (*jobOutput, error) {
	who := caller(ctx)
	l, err := parseRun(in.RawBody)
	if err != nil {
		return nil, err
	}
	l.Tenant, l.WorkflowID, l.Trigger, l.TriggeredBy = who.Tenant, in.ID, "api", who.ID
	if in.Key != "" {
		l.IdempotencyKey, l.BodyHash = digest([]byte(in.Key)), digest(in.RawBody)
	}
	if l.Test && l.Start.Pinned == nil {
		wf, version, err := a.Workflows.Workflow(ctx, who.Tenant, in.ID, l.Version)
		if err != nil {
			return nil, err
		}
		l.Start.Pinned, l.Version = wf.PinData, version
	}
	launched, err := a.Executions.Launch(ctx, l)
	if err != nil {
		return nil, err
	}
	return answerJob(jobOf(launched.ID, execution.Queued)), nil // a repeat gets the first answer
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// members reads the members of a JSON object; the first problem is kept.
type members struct {
	path string
	o    *value.Object
	err  error
}

func (m *members) fail(name, message string) {
	if m.err == nil {
		at := m.path + "." + name
		m.err = invalid(at, at+" "+message+".")
	}
}

// only refuses members that are not among the names.
func (m *members) only(names ...string) {
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	for k := range m.o.All() {
		if !known[k] {
			m.fail(k, "is not known here")
		}
	}
}

func (m *members) text(name string) string {
	v, _ := m.o.Get(name)
	s, ok := v.(string)
	if !ok && v != nil {
		m.fail(name, "must be text")
	}
	return s
}

func (m *members) count(name string) int {
	v, _ := m.o.Get(name)
	n, ok := v.(float64)
	if v != nil && (!ok || n < 0 || n != math.Trunc(n) || n > math.MaxInt32) {
		m.fail(name, "must be a whole number")
		return 0
	}
	return int(n)
}

func (m *members) object(name string) (*members, bool) {
	v, _ := m.o.Get(name)
	o, ok := v.(*value.Object)
	if !ok && v != nil {
		m.fail(name, "must be an object")
	}
	return &members{path: m.path + "." + name, o: o}, ok
}

func (m *members) items(name string) []workflow.Item {
	v, ok := m.o.Get(name)
	if !ok || v == nil {
		return nil
	}
	items, err := itemsOf(v)
	if err != nil {
		m.fail(name, "must be an object or a list of items: "+err.Error())
	}
	return items
}

// itemsOf reads one item or a list of them.
func itemsOf(v any) ([]workflow.Item, error) {
	if o, ok := v.(*value.Object); ok {
		v = []any{o}
	}
	items, err := workflow.ItemsOf(v)
	if err == nil && items == nil {
		items = []workflow.Item{}
	}
	return items, err
}

// parseRun reads the body of a run; an empty body is an empty object.
func parseRun(body []byte) (execution.Launch, error) {
	o, err := bodyObject(body)
	if err != nil {
		return execution.Launch{}, err
	}
	m := &members{path: "body", o: o}
	m.only("input", "version", "onLimit", "startNode", "test")
	l := execution.Launch{
		Version: m.count("version"),
		Start:   execution.Start{Node: m.text("startNode"), Items: m.items("input"), Mode: "manual"},
	}
	switch limit := m.text("onLimit"); limit {
	case "", "queue":
	case "reject":
		l.RejectIfFull = true
	default:
		m.fail("onLimit", strconv.Quote(limit)+" must be queue or reject")
	}
	if test, ok := m.object("test"); ok {
		test.only("pinData", "destinationNode")
		l.Test, l.Start.Destination = true, test.text("destinationNode")
		if pins, ok := test.object("pinData"); ok {
			l.Start.Pinned = map[string][]workflow.Item{}
			for name := range pins.o.All() {
				l.Start.Pinned[name] = pins.items(name)
			}
			test.keep(pins)
		}
		m.keep(test)
	}
	return l, m.err
}

// keep takes over the problem of an inner object.
func (m *members) keep(inner *members) {
	if m.err == nil {
		m.err = inner.err
	}
}

// bodyObject reads a body that is a JSON object, or empty.
func bodyObject(body []byte) (*value.Object, error) {
	if len(body) == 0 {
		return value.NewObject(0), nil
	}
	v, err := value.Parse(body)
	if err != nil {
		return nil, valueFault(body, err)
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, invalid("body", "The body must be a JSON object, not "+value.KindOf(v)+".")
	}
	return o, nil
}
