package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/poll"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Schedule starts a workflow by time.
type Schedule struct {
	ID         ident.Schedule `json:"id"`
	WorkflowID ident.Workflow `json:"workflowId"`
	Node       string         `json:"node,omitempty" doc:"The trigger that it belongs to; none if it was made here."`
	Name       string         `json:"name,omitempty"`
	Expression string         `json:"expression" doc:"EventBridge Scheduler's: cron(…) or rate(…)."`
	Timezone   string         `json:"timezone"`
	Every      int            `json:"every,omitempty" doc:"Only each n-th unit runs."`
	Unit       trigger.Unit   `json:"unit,omitempty" enum:"hours,days,weeks,months"`
	NextRunAt  *Stamp         `json:"nextRunAt,omitempty"`
	CreatedAt  Stamp          `json:"createdAt"`
	CreatedBy  string         `json:"createdBy"`
	Poll       *Poll          `json:"poll,omitempty" doc:"Of triggers that ask a service at each tick: how that goes."`
}

// Poll is how the polls of a trigger go.
type Poll struct {
	PolledAt  *Stamp       `json:"polledAt,omitempty" doc:"The last poll, to within ten minutes; none yet if absent."`
	FoundAt   *Stamp       `json:"foundAt,omitempty" doc:"When it last found something new and started a run."`
	NotBefore *Stamp       `json:"notBefore,omitempty" doc:"The service asked not to be polled before."`
	Failure   *PollFailure `json:"failure,omitempty" doc:"Why polls fail. Nothing is lost by that: the next that succeeds finds all that is new."`
}

// PollFailure is why polls fail.
type PollFailure struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Since   Stamp      `json:"since" doc:"The first of the polls in a row that failed."`
	At      Stamp      `json:"at" doc:"The last."`
	Count   int        `json:"count"`
}

func (a *API) scheduleOf(s trigger.Schedule) Schedule {
	return Schedule{
		ID: s.ID, WorkflowID: s.Workflow, Node: s.Node, Name: s.Name, Expression: s.Timing.Expression, Timezone: s.Timing.Timezone,
		Every: s.Timing.Every, Unit: s.Timing.Unit, NextRunAt: stamp(s.Timing.Next(s.First, a.Clock.Now())),
		CreatedAt: Stamp(s.CreatedAt), CreatedBy: s.CreatedBy,
	}
}

// listedSchedules are a tenant's schedules with how their polls go.
func (a *API) listedSchedules(ctx context.Context, t ident.Tenant) ([]Schedule, error) {
	all, err := a.Catalog.ListSchedules(ctx, t)
	if err != nil {
		return nil, err
	}
	items, polls := make([]Schedule, len(all)), false
	for i, s := range all {
		items[i] = a.scheduleOf(s)
		polls = polls || s.Poll != nil
	}
	if !polls {
		return items, nil
	}
	marks, err := a.Marks.Marks(ctx, t)
	if err != nil {
		return nil, err
	}
	named := map[string]execution.Mark{}
	for _, m := range marks {
		named[m.Name] = m
	}
	for i, s := range all {
		if s.Poll == nil {
			continue
		}
		state, err := poll.Read(named[string(s.Poll.Mark)], s.Poll.Since)
		if err != nil {
			return nil, err
		}
		items[i].Poll = pollOf(state)
	}
	return items, nil
}

func pollOf(s poll.State) *Poll {
	p := &Poll{PolledAt: stamp(s.PolledAt), FoundAt: stamp(s.FoundAt), NotBefore: stamp(s.NotBefore)}
	if f := s.Failure; f != nil {
		p.Failure = &PollFailure{Code: f.Code, Message: f.Message, Since: Stamp(f.Since), At: Stamp(f.At), Count: f.Count}
	}
	return p
}

type scheduleOutput struct{ Body Schedule }

const listSchedules = "schedules"

func scheduleRoutes(a *API) {
	read := route{tag: "schedules", role: tenant.Viewer, scope: tenant.ReadWorkflows}
	write := route{tag: "schedules", role: tenant.Editor, scope: tenant.WriteWorkflows, errors: []int{http.StatusNotFound, http.StatusConflict}}
	body := &huma.Schema{Type: huma.TypeObject, Required: []string{"workflowId", "cron"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"workflowId": {Type: huma.TypeString},
		"cron":       {Type: huma.TypeString, Description: "Five fields: minute, hour, day, month, weekday."},
		"timezone":   {Type: huma.TypeString, Description: "IANA name; the tenant's if left out."},
		"name":       {Type: huma.TypeString},
		"input":      {Description: "An item or a list of items for the start node."},
	}}
	add(a, read.at("listSchedules", http.MethodGet, "/api/schedules", "List schedules, those of active workflows too"),
		func(ctx context.Context, _ *empty) (*ListOutput[Schedule], error) {
			t := caller(ctx).Tenant
			items, err := a.listedSchedules(ctx, t)
			return pageOf(t, listSchedules, items, ""), err
		})
	add(a, write.at("createSchedule", http.MethodPost, "/api/schedules", "Run a workflow by a cron expression").takes(body).gives(http.StatusCreated), a.createSchedule)
	add(a, write.at("deleteSchedule", http.MethodDelete, "/api/schedules/{id}", "Delete a schedule that was made here"),
		func(ctx context.Context, in *struct {
			ID ident.Schedule `path:"id" doc:"The schedule's id." maxLength:"60"`
		}) (*empty, error) {
			who := caller(ctx)
			return nil, a.Catalog.DeleteSchedule(ctx, who.Actor, who.Tenant, in.ID)
		})
}

func (a *API) createSchedule(ctx context.Context, in *WorkflowInput) (*scheduleOutput, error) {
	o, err := bodyObject(in.RawBody)
	if err != nil {
		return nil, err
	}
	m := &members{path: "body", o: o}
	m.only("workflowId", "cron", "timezone", "name", "input")
	n := catalog.NewSchedule{
		Workflow: ident.Workflow(m.text("workflowId")), Name: m.text("name"), Cron: m.text("cron"), Timezone: m.text("timezone"),
	}
	if items := m.items("input"); items != nil {
		n.Input = workflow.AppendItems(nil, items)
	}
	if n.Workflow == "" {
		m.fail("workflowId", "is required")
	}
	if len(n.Name) > 200 {
		m.fail("name", "has more than 200 bytes")
	}
	if len(n.Input) > maxScheduleInput {
		m.fail("input", "has more than 100 KB")
	}
	if m.err != nil {
		return nil, m.err
	}
	who := caller(ctx)
	s, err := a.Catalog.AddSchedule(ctx, who.Actor, who.Tenant, n)
	if err != nil {
		return nil, err
	}
	return &scheduleOutput{a.scheduleOf(s)}, nil
}

// maxScheduleInput bounds the input that is kept with a schedule, in bytes: it
// lies in the schedule's item.
const maxScheduleInput = 100 << 10
