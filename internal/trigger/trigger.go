package trigger

import (
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Schedule starts a workflow by time.
type Schedule struct {
	ID       ident.Schedule `json:"id"`
	Tenant   ident.Tenant   `json:"-"`
	Workflow ident.Workflow `json:"workflowId"`
	Version  int            `json:"version,omitempty"` // 0: the current one
	Node     string         `json:"node,omitempty"`    // the trigger; "" if it was made by the API
	Type     string         `json:"type,omitempty"`    // the trigger's node type
	Name     string         `json:"name,omitempty"`
	Timing   Timing         `json:"timing"`
	// First is the first tick; "every n-th" counts from it.
	First     time.Time `json:"first"`
	Input     []byte    `json:"input,omitempty"` // JSON items, of schedules made by the API
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy"`
	// Poll is set where the node asks a service at each tick.
	Poll *Poll `json:"poll,omitempty"`
}

// Poll is what the schedules of one polling trigger share.
type Poll struct {
	// Mark names where the trigger stands: the id of its first rule's schedule.
	Mark ident.Schedule `json:"mark"`
	// Since is when the node became active. Versions do not change it; after a
	// deactivation polling begins anew.
	Since time.Time `json:"since"`
}

// Own reports whether the schedule was made by the API and not by a node.
func (s Schedule) Own() bool { return s.Node == "" }

// Set are all triggers of one version of a workflow.
type Set struct {
	Hooks     []Hook
	Schedules []Schedule
	Wants     []Want // the addresses that are registered at services
	Entries   []Entry
}

// maxTriggers is the most hooks, registrations and schedules of one workflow: activation writes
// them in one transaction, which DynamoDB limits to 100 items.
const maxTriggers = 40

// Owner says whose triggers are read.
type Owner struct {
	Tenant   ident.Tenant
	Workflow ident.Workflow
	Version  int
	Timezone string // the tenant's
	Now      time.Time
	By       string
	// Polls reports whether a node type is a trigger that polls; nil: none is.
	Polls func(typ string, version float64) bool
}

// Of reads the triggers of a workflow. A trigger that cannot be registered is
// fault.Invalid, which names the node.
func Of(wf *workflow.Workflow, o Owner) (Set, error) {
	var set Set
	for i, n := range wf.Nodes {
		if n.Disabled {
			continue
		}
		hs, err := hooks(n)
		if err != nil {
			return Set{}, refused(i, n, err)
		}
		for _, h := range hs {
			h.Tenant, h.Workflow, h.Version = o.Tenant, o.Workflow, o.Version
			set.Hooks = append(set.Hooks, h)
			if h.Registers {
				w, err := wantOf(n, h, o.Now)
				if err != nil {
					return Set{}, refused(i, n, err)
				}
				set.Wants = append(set.Wants, w)
			}
		}
		if err := checkServed(wf, n); err != nil {
			return Set{}, refused(i, n, err)
		}
		set.Entries = append(set.Entries, entries(n)...)
		polls := o.Polls != nil && o.Polls(n.Type, n.TypeVersion)
		ts, err := timings(n, Zone(wf, o.Timezone), polls)
		if err != nil {
			return Set{}, refused(i, n, err)
		}
		for j, t := range ts {
			s := o.schedule(n, j, t)
			if polls {
				s.Poll = &Poll{Mark: o.scheduleID(n, 0), Since: o.Now}
			}
			set.Schedules = append(set.Schedules, s)
		}
	}
	if n := len(set.Hooks) + len(set.Schedules) + len(set.Wants); n > maxTriggers {
		return Set{}, fault.New(fault.Invalid, fault.CodeValidation, "The workflow has %d webhook addresses, registrations and schedules; at most %d can be active.", n, maxTriggers)
	}
	return set, twice(set.Hooks)
}

// schedule makes the schedule of a node's rule. Its id is the same for each
// version, so that a change of the workflow changes the schedule that is there.
func (o Owner) schedule(n *workflow.Node, rule int, t Timing) Schedule {
	return Schedule{
		ID: o.scheduleID(n, rule), Tenant: o.Tenant, Workflow: o.Workflow, Version: o.Version, Node: n.Name, Type: n.Type,
		Timing: t, First: t.First(o.Now), CreatedAt: o.Now, CreatedBy: o.By,
	}
}

func (o Owner) scheduleID(n *workflow.Node, rule int) ident.Schedule {
	return ident.Schedule(ident.Derived(ident.PrefixSchedule, ident.Time(string(o.Workflow)), string(o.Tenant), string(o.Workflow), n.Name, strconv.Itoa(rule)))
}

// Zone is the time zone in which a workflow's schedules and dates are meant.
func Zone(wf *workflow.Workflow, tenantZone string) string {
	if z := wf.Settings.Timezone; z != "" && z != "DEFAULT" {
		return z
	}
	return tenantZone
}

func refused(i int, n *workflow.Node, err error) error {
	e := fault.New(fault.Invalid, fault.CodeValidation, "Node %q cannot be activated: %v.", n.Name, err)
	e.Fields = []fault.Field{{Location: "body.nodes[" + strconv.Itoa(i) + "]", Message: err.Error()}}
	return e
}

// twice refuses two nodes that listen at the same address.
func twice(hooks []Hook) error {
	type address struct{ method, path string }
	seen := map[address]string{}
	for _, h := range hooks {
		a := address{h.Method, h.Path}
		if other, ok := seen[a]; ok {
			return fault.New(fault.Invalid, fault.CodeValidation,
				"Nodes %q and %q both listen to %s %s; give one of them another path.", other, h.Node, h.Method, h.Path)
		}
		seen[a] = h.Node
	}
	return nil
}
