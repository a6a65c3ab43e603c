package usage

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// TokenMonth is one tenant's budget in one month.
type TokenMonth struct {
	Used, Committed int64 // tokens; committed is used plus reserved
	CostMicro       int64 // millionths of a US dollar
}

// Drawn is what AI calls have used or set aside.
type Drawn struct{ Tokens, CostMicro int64 }

// Load is what a tenant has running and waiting now.
type Load struct {
	Slots  int   // in use
	Parked int   // in line for a slot
	Open   int64 // queued or running
}

// Queued is how many accepted runs hold no slot.
func (l Load) Queued() int64 { return max(0, l.Open-int64(l.Slots)) }

// Books are what the store knows of a tenant's consumption.
type Books interface {
	// MonthRuns is the number of runs that a month ("2006-01") accepted.
	MonthRuns(ctx context.Context, t ident.Tenant, period string) (int64, error)
	// MonthPlatform is what a month's runs took of the platform itself, estimated, in
	// millionths of a US dollar.
	MonthPlatform(ctx context.Context, t ident.Tenant, period string) (int64, error)
	// Tokens is the month's budget of AI tokens.
	Tokens(ctx context.Context, t ident.Tenant, period string) (TokenMonth, error)
	// Load is what runs and waits now.
	Load(ctx context.Context, t ident.Tenant) (Load, error)
	// WorkflowMonth is what the calls of one workflow have drawn in a month, with its
	// own credentials too.
	WorkflowMonth(ctx context.Context, t ident.Tenant, period string, w ident.Workflow) (Drawn, error)
	// UsageRecords calls fn for each call of a month in its order, until it returns false.
	UsageRecords(ctx context.Context, t ident.Tenant, period string, fn func(Record) bool) error
	// UsagePage lists the calls of a month, newest first.
	UsagePage(ctx context.Context, t ident.Tenant, period string, p tenant.Paging) (items []Record, next string, err error)
}

// Limits reads a tenant with its limits as they are now.
type Limits interface {
	Limits(ctx context.Context, t ident.Tenant) (tenant.Tenant, tenant.Limits, error)
}

// Accountant tells tenants what they have used.
type Accountant struct {
	Books  Books
	Limits Limits
	Clock  clock.Clock
}

// Statement is what a tenant may use and has used in a month.
type Statement struct {
	Period string
	Now    bool // the month is the present one
	Plan   tenant.PlanName
	Limits tenant.Limits
	Runs   int64
	Load   Load // of now, whatever the month
	Tokens TokenMonth
	Total  Share
	// PlatformMicro is what the month's runs took of the platform itself.
	PlatformMicro int64
	// ByModel, ByWorkflow and ByDay are the month's AI calls.
	ByModel, ByWorkflow, ByDay []Share
}

// Period checks a month that a caller named; none is the present one.
func (a *Accountant) Period(named string) (string, error) {
	if named == "" {
		return Period(a.Clock.Now()), nil
	}
	if _, err := ParsePeriod(named); err != nil {
		e := fault.New(fault.Invalid, fault.CodeValidation, "period must be a month, for example 2026-11.")
		e.Fields = []fault.Field{{Location: "query.period", Message: e.Message}}
		return "", e
	}
	return named, nil
}

// Statement sums up a month of a tenant.
func (a *Accountant) Statement(ctx context.Context, t ident.Tenant, named string) (Statement, error) {
	period, err := a.Period(named)
	if err != nil {
		return Statement{}, err
	}
	tn, limits, err := a.Limits.Limits(ctx, t)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Period: period, Now: period == Period(a.Clock.Now()), Plan: tn.Plan, Limits: limits}
	if s.Runs, err = a.Books.MonthRuns(ctx, t, period); err != nil {
		return s, err
	}
	if s.PlatformMicro, err = a.Books.MonthPlatform(ctx, t, period); err != nil {
		return s, err
	}
	if s.Load, err = a.Books.Load(ctx, t); err != nil {
		return s, err
	}
	if s.Tokens, err = a.Books.Tokens(ctx, t, period); err != nil {
		return s, err
	}
	models, workflows, days := NewCosts(ByModel), NewCosts(ByWorkflow), NewCosts(ByDay)
	err = a.Books.UsageRecords(ctx, t, period, func(r Record) bool {
		models.Add(r)
		workflows.Add(r)
		days.Add(r)
		return true
	})
	s.Total, s.ByModel, s.ByWorkflow, s.ByDay = models.Total, models.Shares(), workflows.Shares(), days.Shares()
	return s, err
}

// Remaining is what a limit leaves; Unlimited (-1) stays so.
func Remaining(limit, used int64) int64 {
	if limit < 0 {
		return tenant.Unlimited
	}
	return max(0, limit-used)
}
