// Package tenant is who uses the platform and how much of it: tenants, plans and
// their limits, members and their roles, API keys.
package tenant

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/pace"
)

// PlanName names a plan; each has a queue of its own.
type PlanName string

// The plans, from the first served to the last.
const (
	Enterprise PlanName = "ENTERPRISE"
	Pro        PlanName = "PRO"
	Free       PlanName = "FREE"
)

// PlanNames are all plans, higher ones first.
func PlanNames() []PlanName { return []PlanName{Enterprise, Pro, Free} }

// Valid reports whether the plan exists.
func (p PlanName) Valid() bool { return p == Free || p == Pro || p == Enterprise }

// MaxFile is how many bytes a file may have that a node stores.
func (p PlanName) MaxFile() int64 {
	switch p {
	case Enterprise:
		return 200 << 20
	case Pro:
		return 50 << 20
	default:
		return 10 << 20
	}
}

// Calls is how often the tenant's nodes may call services.
func (p PlanName) Calls() pace.Rates {
	switch p {
	case Enterprise:
		return pace.Rates{Host: pace.Rate{PerSecond: 100, Burst: 300}, All: pace.Rate{PerSecond: 500, Burst: 1000}}
	case Pro:
		return pace.Rates{Host: pace.Rate{PerSecond: 20, Burst: 100}, All: pace.Rate{PerSecond: 100, Burst: 300}}
	default:
		return pace.Rates{Host: pace.Rate{PerSecond: 5, Burst: 40}, All: pace.Rate{PerSecond: 20, Burst: 100}}
	}
}

// Unlimited is the limit that never refuses.
const Unlimited = -1

// MaxConcurrent is the highest number of slots a tenant can have: the map of
// leases must stay small enough for one DynamoDB item to be updated often.
const MaxConcurrent = 500

// Limits are what a tenant may use. Unlimited (-1) switches one off.
type Limits struct {
	MaxConcurrent int   `json:"maxConcurrent"` // executions that hold a slot at one time
	MonthlyRuns   int64 `json:"monthlyRuns"`   // accepted runs in a UTC month
	AITokens      int64 `json:"aiTokens"`      // tokens of the platform's AI in a UTC month
	RunsPerMinute int64 `json:"runsPerMinute"` // a token bucket that holds one minute's worth
	MaxQueued     int64 `json:"maxQueued"`     // accepted runs that wait for a slot
	RetentionDays int   `json:"retentionDays"` // how long ended executions are kept at least
	// RequestsPerMinute is what each API key may send that has no limit of its own: a
	// token bucket that holds one minute's worth.
	RequestsPerMinute int64 `json:"requestsPerMinute"`
	// MonthlyPriceUSD is what the tenant pays a month, in US dollars: it limits
	// nothing and says what a tenant's AI cost leaves.
	MonthlyPriceUSD int64 `json:"monthlyPriceUsd"`
}

// Slots is the number of leases that may be held at one time, never unlimited.
func (l Limits) Slots() int {
	if l.MaxConcurrent < 0 || l.MaxConcurrent > MaxConcurrent {
		return MaxConcurrent
	}
	return l.MaxConcurrent
}

// Overrides replace single limits of the plan for one tenant; nil keeps the plan's.
type Overrides struct {
	MaxConcurrent *int   `json:"maxConcurrent,omitempty"`
	MonthlyRuns   *int64 `json:"monthlyRuns,omitempty"`
	AITokens      *int64 `json:"aiTokens,omitempty"`
	RunsPerMinute *int64 `json:"runsPerMinute,omitempty"`
	MaxQueued     *int64 `json:"maxQueued,omitempty"`
	RetentionDays *int   `json:"retentionDays,omitempty"`

	RequestsPerMinute *int64 `json:"requestsPerMinute,omitempty"`

	MonthlyPriceUSD *int64 `json:"monthlyPriceUsd,omitempty"`
}

// Over returns plan with the overrides applied.
func (o Overrides) Over(plan Limits) Limits {
	set(&plan.MaxConcurrent, o.MaxConcurrent)
	set(&plan.MonthlyRuns, o.MonthlyRuns)
	set(&plan.AITokens, o.AITokens)
	set(&plan.RunsPerMinute, o.RunsPerMinute)
	set(&plan.MaxQueued, o.MaxQueued)
	set(&plan.RetentionDays, o.RetentionDays)
	set(&plan.RequestsPerMinute, o.RequestsPerMinute)
	set(&plan.MonthlyPriceUSD, o.MonthlyPriceUSD)
	return plan
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// DefaultLimits are the plans to begin with; operators change them at run time.
func DefaultLimits(p PlanName) Limits {
	switch p {
	case Enterprise:
		return Limits{MaxConcurrent: 20, MonthlyRuns: -1, AITokens: -1, RunsPerMinute: -1, MaxQueued: -1, RetentionDays: 90, RequestsPerMinute: -1}
	case Pro:
		return Limits{MaxConcurrent: 5, MonthlyRuns: 5000, AITokens: 1_000_000, RunsPerMinute: 600, MaxQueued: 5000, RetentionDays: 30, RequestsPerMinute: 12_000}
	default:
		return Limits{MaxConcurrent: 1, MonthlyRuns: 100, AITokens: 50_000, RunsPerMinute: 60, MaxQueued: 100, RetentionDays: 7, RequestsPerMinute: 3000}
	}
}

// Tenant is one customer.
type Tenant struct {
	ID        ident.Tenant `json:"id"`
	Name      string       `json:"name"`
	Plan      PlanName     `json:"plan"`
	Overrides Overrides    `json:"limits"`
	Suspended bool         `json:"suspended"`
	Erasing   bool         `json:"erasing,omitempty"` // its data is being erased; it cannot come back
	Timezone  string       `json:"timezone"`          // IANA name, default America/New_York as n8n's
	CreatedAt time.Time    `json:"createdAt"`
	Rev       int64        `json:"-"` // counts changes; a change is refused if another came first
}

// Role is what a key or member may do.
type Role string

// The roles, from the least. Operators stand apart: they run the platform.
const (
	Viewer   Role = "viewer"
	Editor   Role = "editor"
	Owner    Role = "owner"
	Operator Role = "operator"
)

// Allows reports whether the role includes what another role may do. An operator
// is not a member of any tenant and includes no tenant's role.
func (r Role) Allows(need Role) bool {
	rank := map[Role]int{Viewer: 1, Editor: 2, Owner: 3}
	if need == Operator || r == Operator {
		return r == need
	}
	return rank[r] > 0 && rank[r] >= rank[need]
}
