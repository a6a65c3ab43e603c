package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// AdminExecution is a run as operators see it.
type AdminExecution struct {
	Tenant ident.Tenant    `json:"tenant"`
	Plan   tenant.PlanName `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	Execution
	NodeType string `json:"nodeType,omitempty" doc:"Of the node that failed."`
}

func (a *API) adminexecutionOf(c execution.Control) AdminExecution {
	e := AdminExecution{Tenant: c.Tenant, Plan: c.Plan, Execution: executionOf(c, a.Clock.Now())}
	if c.Error != nil {
		e.NodeType = c.Error.Type
	}
	return e
}

func (a *API) adminExecutionsOf(all []execution.Control) []AdminExecution {
	items := make([]AdminExecution, len(all))
	for i, c := range all {
		items[i] = a.adminexecutionOf(c)
	}
	return items
}

// AdminFilterInput selects executions of all tenants.
type AdminFilterInput struct {
	Tenant     ident.Tenant     `query:"tenant" maxLength:"60"`
	WorkflowID ident.Workflow   `query:"workflowId" maxLength:"60"`
	Status     execution.Status `query:"status" enum:"queued,running,waiting,completed,failed,cancelled"`
	Error      string           `query:"error" maxLength:"200" doc:"A code, or text of the error (code, node or message; case does not matter). Only failed executions have one."`
	Since      time.Time        `query:"since" doc:"Failures: failed at or after, by default 30 days before until. Others: accepted at or after."`
	Until      time.Time        `query:"until" doc:"Failures: failed before. Others: accepted before."`
}

func (in AdminFilterInput) filter() oversight.Filter {
	return oversight.Filter{Tenant: in.Tenant, WorkflowID: in.WorkflowID, Status: in.Status, Text: in.Error, Since: in.Since, Until: in.Until}
}

// AdminExecutionPath names an execution and, perhaps, its tenant.
type AdminExecutionPath struct {
	ID     ident.Execution `path:"id" maxLength:"60"`
	Tenant ident.Tenant    `query:"tenant" maxLength:"60" doc:"Whose it is. Without it only open and failed executions are found."`
}

// AdminJob is an execution that was acted on.
type AdminJob struct {
	Tenant ident.Tenant `json:"tenant"`
	Job
}

const listAdminExecutions = "admin/executions/"

func adminExecutionRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator}
	list := admin.at("adminListExecutions", http.MethodGet, "/api/admin/executions", "List executions of all tenants, newest first").refuses(http.StatusNotFound)
	list.about = "With status failed, or an error, in the order in which they failed. Completed and cancelled ones are read tenant by tenant; beyond 2,000 tenants name one."
	add(a, list, a.adminListExecutions)
	for action, summary := range map[oversight.Action]string{
		oversight.Resume: "Go on from where a tenant's execution failed",
		oversight.Retry:  "Start a new execution from an ended one of a tenant",
		oversight.Cancel: "End a tenant's execution",
	} {
		act := admin.at("admin"+title(action)+"Execution", http.MethodPost, "/api/admin/executions/{id}/"+string(action), summary).
			gives(http.StatusAccepted).refuses(http.StatusNotFound, http.StatusConflict)
		if action == oversight.Retry {
			act = act.refuses(http.StatusTooManyRequests)
		}
		add(a, act, func(ctx context.Context, in *struct {
			AdminExecutionPath
			UnknownOutcome string `query:"unknownOutcome" enum:"retry,skip" doc:"Of resume: what to do with a call of which it is not known whether it had its effect."`
		}) (*struct{ Body AdminJob }, error) {
			ref, err := a.Office.Locate(ctx, in.Tenant, in.ID)
			if err != nil {
				return nil, err
			}
			id, status, err := a.Office.Do(ctx, ref, oversight.Act{Action: action, UnknownOutcome: in.UnknownOutcome, By: caller(ctx).Actor})
			return &struct{ Body AdminJob }{AdminJob{ref.Tenant, jobOf(id, status)}}, err
		})
	}
	bulk := admin.at("adminBulkExecutions", http.MethodPost, "/api/admin/executions/bulk", "Resume, retry or cancel all that match; dryRun only tells which").
		refuses(http.StatusNotFound)
	bulk.about = "At most 1,000 executions and 20 s a request; more says that others are left: repeat it. Cancel with a tenant or a workflow kills all that it has open."
	add(a, bulk, a.adminBulk)
}

func title(a oversight.Action) string {
	return map[oversight.Action]string{oversight.Resume: "Resume", oversight.Retry: "Retry", oversight.Cancel: "Cancel"}[a]
}

type adminListInput struct {
	PageInput
	AdminFilterInput
}

func (a *API) adminListExecutions(ctx context.Context, in *adminListInput) (*ListOutput[AdminExecution], error) {
	name := listAdminExecutions + string(in.Status) + "/" + string(in.Tenant)
	page, err := in.paging("", name)
	if err != nil {
		return nil, err
	}
	all, next, err := a.Office.List(ctx, in.filter(), page)
	if err != nil {
		return nil, err
	}
	return pageOf("", name, a.adminExecutionsOf(all), next), nil
}

// BulkFilter selects what a bulk action is for; at least one member is needed.
type BulkFilter struct {
	Tenant     ident.Tenant     `json:"tenant,omitempty" maxLength:"60"`
	WorkflowID ident.Workflow   `json:"workflowId,omitempty" maxLength:"60"`
	Status     execution.Status `json:"status,omitempty" enum:"queued,running,waiting,completed,failed,cancelled" doc:"By default failed for resume and retry, and all open ones for cancel."`
	Error      string           `json:"error,omitempty" maxLength:"200" doc:"A code, or text of the error."`
	Code       string           `json:"code,omitempty" maxLength:"60" doc:"Exactly this code."`
	Since      *Stamp           `json:"since,omitempty"`
	Until      *Stamp           `json:"until,omitempty"`
}

func (f BulkFilter) filter() oversight.Filter {
	out := oversight.Filter{Tenant: f.Tenant, WorkflowID: f.WorkflowID, Status: f.Status, Text: f.Error, Code: f.Code}
	if f.Since != nil {
		out.Since = timeOf(*f.Since)
	}
	if f.Until != nil {
		out.Until = timeOf(*f.Until)
	}
	return out
}

// BulkRequest is an action on many executions.
type BulkRequest struct {
	Action         oversight.Action `json:"action" enum:"resume,retry,cancel"`
	Filter         BulkFilter       `json:"filter"`
	DryRun         bool             `json:"dryRun,omitempty" doc:"Only tell which executions match."`
	UnknownOutcome string           `json:"unknownOutcome,omitempty" enum:"retry,skip" doc:"Of resume: what to do with calls of which it is not known whether they had their effect."`
}

// BulkAnswer is what a bulk action did.
type BulkAnswer struct {
	Action  oversight.Action `json:"action"`
	DryRun  bool             `json:"dryRun"`
	Matched int              `json:"matched"`
	Acted   int              `json:"acted"`
	Refused []BulkRefusal    `json:"refused" nullable:"false" doc:"Those whose status did not allow it (by then), at most 100."`
	More    bool             `json:"more" doc:"Others match, or are left: repeat the request."`
	Sample  []AdminExecution `json:"sample" nullable:"false" doc:"The first 100 that matched, as they were before."`
}

// BulkRefusal is an execution that could not be acted on.
type BulkRefusal struct {
	Tenant  ident.Tenant    `json:"tenant"`
	ID      ident.Execution `json:"id"`
	Code    string          `json:"code"`
	Message string          `json:"message"`
}

// maxSample is how many executions a bulk action names.
const maxSample = 100

func (a *API) adminBulk(ctx context.Context, in *struct{ Body BulkRequest }) (*struct{ Body BulkAnswer }, error) {
	b := in.Body
	done, err := a.Office.Bulk(ctx, oversight.Bulk{
		Act:    oversight.Act{Action: b.Action, UnknownOutcome: b.UnknownOutcome, By: caller(ctx).Actor},
		Filter: b.Filter.filter(), DryRun: b.DryRun,
	})
	if err != nil {
		return nil, err
	}
	out := BulkAnswer{
		Action: b.Action, DryRun: b.DryRun, Matched: len(done.Matched), Acted: done.Acted, More: done.More, Refused: []BulkRefusal{},
		Sample: a.adminExecutionsOf(done.Matched[:min(len(done.Matched), maxSample)]),
	}
	for _, r := range done.Refusals[:min(len(done.Refusals), maxSample)] {
		out.Refused = append(out.Refused, BulkRefusal{r.Tenant, r.ID, string(r.Code), r.Message})
	}
	return &struct{ Body BulkAnswer }{out}, nil
}
