package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// WorkflowCaps are a workflow's own limits, which are in its settings too.
type WorkflowCaps struct {
	RunTokens   *float64 `json:"maxTokensPerRun,omitempty" minimum:"0" doc:"Tokens of all AI calls of one run and of the runs that it starts, however deep; a call that could pass it is not made: RUN_CAP_REACHED."`
	RunCost     *float64 `json:"maxCostPerRunUsd,omitempty" minimum:"0" doc:"The same in US dollars."`
	MonthTokens *float64 `json:"maxTokensPerMonth,omitempty" minimum:"0" doc:"Tokens of all its runs in a month (UTC); beyond: WORKFLOW_CAP_REACHED."`
	MonthCost   *float64 `json:"maxCostPerMonthUsd,omitempty" minimum:"0" doc:"The same in US dollars."`
	NodeRuns    *float64 `json:"maxNodeRuns,omitempty" minimum:"0" doc:"Node runs of one run, at most 10,000; beyond: LOOP_LIMIT."`
	Repeats     *float64 `json:"maxLoopRuns,omitempty" minimum:"0" doc:"Runs of one node within one run; beyond: LOOP_LIMIT."`
	SubRuns     *float64 `json:"maxSubRuns,omitempty" minimum:"0" doc:"Runs of other workflows that one run starts itself, at most 1,000; beyond: LOOP_LIMIT. The run at the top starts no more than 1,000 with all below it, and they are at most 10 levels deep."`
}

// WorkflowLimits are the caps with what was used of them.
type WorkflowLimits struct {
	WorkflowCaps
	Month CapUse `json:"month"`
}

// CapUse is what a workflow's AI calls have used or set aside this month.
type CapUse struct {
	Period  string `json:"period"`
	Tokens  int64  `json:"tokens"`
	CostUsd Money  `json:"costUsd"`
}

func (c WorkflowCaps) named() map[string]*float64 {
	all := map[string]*float64{
		workflow.CapRunTokens: c.RunTokens, workflow.CapRunCost: c.RunCost, workflow.CapMonthTokens: c.MonthTokens,
		workflow.CapMonthCost: c.MonthCost, workflow.CapNodeRuns: c.NodeRuns, workflow.CapRepeats: c.Repeats, workflow.CapSubRuns: c.SubRuns,
	}
	for name, n := range all {
		if n != nil && *n == 0 { // no cap: not written
			all[name] = nil
		}
	}
	return all
}

func capsOf(c workflow.Caps) WorkflowCaps {
	number := func(n float64) *float64 {
		if n == 0 {
			return nil
		}
		return &n
	}
	return WorkflowCaps{
		number(float64(c.RunTokens)), number(float64(c.RunCostMicro) / 1e6), number(float64(c.MonthTokens)),
		number(float64(c.MonthCostMicro) / 1e6), number(float64(c.NodeRuns)), number(float64(c.Repeats)), number(float64(c.SubRuns)),
	}
}

func capsRoutes(a *API) {
	read := route{tag: "workflows", role: tenant.Viewer, scope: tenant.ReadWorkflows}
	write := route{tag: "workflows", role: tenant.Editor, scope: tenant.WriteWorkflows}
	type output struct{ Body WorkflowLimits }
	get := func(ctx context.Context, in *WorkflowPath) (*output, error) {
		t := caller(ctx).Tenant
		h, caps, err := a.Catalog.Caps(ctx, t, in.ID)
		if err != nil {
			return nil, err
		}
		period, err := a.Usage.Period("")
		if err != nil {
			return nil, err
		}
		used, err := a.Usage.Books.WorkflowMonth(ctx, t, period, h.ID)
		return &output{WorkflowLimits{capsOf(caps), CapUse{period, used.Tokens, Money(used.CostMicro)}}}, err
	}
	add(a, read.at("getWorkflowLimits", http.MethodGet, "/api/workflows/{id}/limits", "The workflow's caps, and what it used of them this month").
		refuses(http.StatusNotFound), get)
	set := write.at("setWorkflowLimits", http.MethodPut, "/api/workflows/{id}/limits", "Set the workflow's caps; those left out or 0 are taken away").
		refuses(http.StatusNotFound, http.StatusConflict)
	set.about = "They are written into the workflow's settings as a new version, and hold at once, also for runs that have begun."
	add(a, set, func(ctx context.Context, in *struct {
		WorkflowPath
		Body WorkflowCaps
	}) (*output, error) {
		who := caller(ctx)
		if _, err := a.Catalog.SetCaps(ctx, who.Actor, who.Tenant, in.ID, in.Body.named()); err != nil {
			return nil, err
		}
		return get(ctx, &in.WorkflowPath)
	})
}
