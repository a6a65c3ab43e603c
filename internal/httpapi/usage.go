package httpapi

import (
	"bytes"
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// PeriodInput names a month.
type PeriodInput struct {
	Period string `query:"period" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" example:"2026-11" doc:"A month (UTC); without it the present one."`
}

// Usage is what a tenant may use and has used in a month.
type Usage struct {
	Period      string           `json:"period" example:"2026-11"`
	Plan        tenant.PlanName  `json:"plan" enum:"FREE,PRO,ENTERPRISE"`
	Limits      tenant.Limits    `json:"limits" doc:"As they are now; -1 is unlimited."`
	Runs        UsedOf           `json:"runs" doc:"Accepted in the month."`
	Concurrency UsageConcurrency `json:"concurrency" doc:"Now, whatever the month."`
	Queue       UsedOf           `json:"queue" doc:"Accepted runs that hold no slot now, whatever the month."`
	Tokens      UsageTokens      `json:"tokens" doc:"Of the platform's AI, in the month."`
	Cost        UsageCost        `json:"cost" doc:"Of the month's AI calls, also those with credentials of your own."`
}

// UsedOf is a consumption with its limit.
type UsedOf struct {
	Used      int64 `json:"used"`
	Limit     int64 `json:"limit" doc:"-1 is unlimited."`
	Remaining int64 `json:"remaining" doc:"-1 is unlimited."`
}

// UsageConcurrency is the slots in use.
type UsageConcurrency struct {
	Used      int `json:"used"`
	Limit     int `json:"limit"`
	Remaining int `json:"remaining"`
	Parked    int `json:"parked" doc:"Runs in line for a slot."`
}

// UsageTokens is the month's budget of AI tokens.
type UsageTokens struct {
	Used      int64 `json:"used"`
	Reserved  int64 `json:"reserved" doc:"Set aside for calls under way."`
	Limit     int64 `json:"limit" doc:"-1 is unlimited."`
	Remaining int64 `json:"remaining" doc:"-1 is unlimited."`
	CostUsd   Money `json:"costUsd"`
}

// UsageCost is what the AI calls cost.
type UsageCost struct {
	PlatformUsd Money           `json:"platformUsd" doc:"What the month's runs took of the platform itself, estimated by a price table."`
	Total       CostShare       `json:"total"`
	ByModel     []ModelShare    `json:"byModel" nullable:"false"`
	ByWorkflow  []WorkflowShare `json:"byWorkflow" nullable:"false"`
	ByDay       []DayShare      `json:"byDay" nullable:"false"`
}

// CostShare is what a group of AI calls used and cost.
type CostShare struct {
	Calls       int64 `json:"calls"`
	Prompt      int64 `json:"prompt" doc:"Tokens."`
	Completion  int64 `json:"completion" doc:"Tokens."`
	Cached      int64 `json:"cached" doc:"Tokens of the prompts that the provider had cached."`
	TotalTokens int64 `json:"totalTokens"`
	CostUsd     Money `json:"costUsd"`
	OwnKeyUsd   Money `json:"ownKeyUsd" doc:"The part of costUsd that was paid with the tenant's own keys."`
	Unconfirmed int64 `json:"unconfirmed" doc:"Calls whose answer was lost; their estimate stands for them."`
}

// ModelShare is the calls of one model.
type ModelShare struct {
	Model string `json:"model"`
	CostShare
}

// WorkflowShare is the calls of one workflow.
type WorkflowShare struct {
	WorkflowID string `json:"workflowId"`
	CostShare
}

// DayShare is the calls of one day, UTC.
type DayShare struct {
	Day string `json:"day" format:"date"`
	CostShare
}

func shareOf(s usage.Share) CostShare {
	return CostShare{s.Calls, s.Usage.Prompt, s.Usage.Completion, s.Usage.Cached, s.Usage.Total, Money(s.CostMicro), Money(s.OwnMicro), s.Unconfirmed}
}

// sharesOf names each share as its kind does.
func sharesOf[T any](all []usage.Share, named func(key string, s CostShare) T) []T {
	out := make([]T, len(all))
	for i, s := range all {
		out[i] = named(s.Key, shareOf(s))
	}
	return out
}

// UsageRecord is one AI call.
type UsageRecord struct {
	ID          string `json:"id"`
	At          Stamp  `json:"at"`
	WorkflowID  string `json:"workflowId"`
	ExecutionID string `json:"executionId"`
	NodeID      string `json:"nodeId"`
	RunIndex    int    `json:"runIndex"`
	Item        int    `json:"item"`
	Attempt     int    `json:"attempt"`
	Model       string `json:"model"`
	Prompt      int64  `json:"prompt"`
	Completion  int64  `json:"completion"`
	Cached      int64  `json:"cached"`
	TotalTokens int64  `json:"totalTokens"`
	CostUsd     Money  `json:"costUsd"`
	Rule        string `json:"rule" doc:"The price that held: model and date, or default for a model without one."`
	LatencyMs   int64  `json:"latencyMs"`
	Confirmed   bool   `json:"confirmed" doc:"False: the answer was lost and the estimate stands for it."`
	Counted     bool   `json:"counted" doc:"True: the provider gave no figures, they are ours."`
	OwnKey      bool   `json:"ownKey" doc:"Made with a credential of your own; it does not draw on the budget."`
	Unit        string `json:"unit,omitempty" doc:"What is paid beside tokens, or instead of them: second, character, request, or image with size and quality."`
	Units       int64  `json:"units,omitempty" doc:"How many of them."`
}

func usageRecordOf(r usage.Record) UsageRecord {
	o, u := r.Origin, r.Usage
	return UsageRecord{
		r.ID, Stamp(r.At), o.WorkflowID, o.ExecutionID, o.NodeID, o.RunIndex, o.Item, o.Attempt, u.Model,
		u.Prompt, u.Completion, u.Cached, u.Total, Money(r.CostMicro), r.Rule, millis(r.Latency), r.Confirmed, r.Counted, r.OwnKey, r.Units.Of, r.Units.Count,
	}
}

const listUsage = "usage/"

func usageRoutes(a *API) {
	read := route{tag: "account", role: tenant.Viewer, scope: tenant.ReadAccount}
	month := describe[Usage](a, read.at("getUsage", http.MethodGet, "/api/usage", "What the plan allows, what is used, and what AI calls cost")).
		refuses(http.StatusRequestEntityTooLarge)
	month.about = "With Accept: text/csv the month's usage log, a line for each AI call, of at most 4 MB."
	add(a, month, a.getUsage)
	alsoCSV(a, month.path)
	add(a, read.at("listUsageRecords", http.MethodGet, "/api/usage/records", "List the AI calls of a month, newest first").refuses(http.StatusNotFound),
		a.listUsageRecords)
}

type usageInput struct {
	PeriodInput
	AcceptInput
}

func (a *API) getUsage(ctx context.Context, in *usageInput) (*fileOutput, error) {
	t := caller(ctx).Tenant
	if in.csv() {
		return a.usageLog(ctx, t, in.Period)
	}
	s, err := a.Usage.Statement(ctx, t, in.Period)
	if err != nil {
		return nil, err
	}
	return answerJSON(usageOf(s))
}

func usageOf(s usage.Statement) Usage {
	l := s.Limits
	return Usage{
		Period: s.Period, Plan: s.Plan, Limits: l,
		Runs:        UsedOf{s.Runs, l.MonthlyRuns, usage.Remaining(l.MonthlyRuns, s.Runs)},
		Concurrency: UsageConcurrency{s.Load.Slots, l.Slots(), max(0, l.Slots()-s.Load.Slots), s.Load.Parked},
		Queue:       UsedOf{s.Load.Queued(), l.MaxQueued, usage.Remaining(l.MaxQueued, s.Load.Queued())},
		Tokens: UsageTokens{
			s.Tokens.Used, s.Tokens.Committed - s.Tokens.Used, l.AITokens, usage.Remaining(l.AITokens, s.Tokens.Committed), Money(s.Tokens.CostMicro),
		},
		Cost: UsageCost{
			PlatformUsd: Money(s.PlatformMicro),
			Total:       shareOf(s.Total),
			ByModel:     sharesOf(s.ByModel, func(k string, c CostShare) ModelShare { return ModelShare{k, c} }),
			ByWorkflow:  sharesOf(s.ByWorkflow, func(k string, c CostShare) WorkflowShare { return WorkflowShare{k, c} }),
			ByDay:       sharesOf(s.ByDay, func(k string, c CostShare) DayShare { return DayShare{k, c} }),
		},
	}
}

// usageLog is the month's calls as a table.
func (a *API) usageLog(ctx context.Context, t ident.Tenant, named string) (*fileOutput, error) {
	period, err := a.Usage.Period(named)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	log := usage.NewLog(&b)
	fits := true
	err = a.Usage.Books.UsageRecords(ctx, t, period, func(r usage.Record) bool {
		log.Add(r)
		fits = b.Len() < maxAnswer
		return fits
	})
	if err != nil {
		return nil, err
	}
	if err := log.Close(); err != nil {
		return nil, err
	}
	if !fits || b.Len() > maxAnswer {
		return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge,
			"The month's log has more than %d bytes; read it in pages from /api/usage/records.", maxAnswer)
	}
	return table("usage-"+period, b.Bytes()), nil
}

type usageRecordsInput struct {
	PeriodInput
	PageInput
}

func (a *API) listUsageRecords(ctx context.Context, in *usageRecordsInput) (*ListOutput[UsageRecord], error) {
	t := caller(ctx).Tenant
	period, err := a.Usage.Period(in.Period)
	if err != nil {
		return nil, err
	}
	page, err := in.paging(t, listUsage+period)
	if err != nil {
		return nil, err
	}
	all, next, err := a.Usage.Books.UsagePage(ctx, t, period, page)
	if err != nil {
		return nil, err
	}
	items := make([]UsageRecord, len(all))
	for i, r := range all {
		items[i] = usageRecordOf(r)
	}
	return pageOf(t, listUsage+period, items, next), nil
}
