package execution

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Children is the store of the runs that runs start.
type Children interface {
	// CreateChild writes the execution, its parent's link to it and the counts of
	// runs started, or nothing. If the link leads to another execution, that one is
	// the answer: each is started once. ErrSuperseded or ErrCancelled if the parent
	// may start nothing; LOOP_LIMIT or PLAN_LIMIT_QUEUE if a limit refuses it.
	CreateChild(ctx context.Context, b Birth) (ident.Execution, error)
	// RefuseChild keeps why a run was not started, in the link's place.
	RefuseChild(ctx context.Context, l Link, old *Link) error
	// Links are those of a node run, by number; with no node all of the execution.
	Links(ctx context.Context, ref Ref, node string, run int) ([]Link, error)
	// Partial is what a node run kept when it last asked for runs; nil if nothing.
	Partial(ctx context.Context, ref Ref, node string, run int) (*Partial, error)
	// Tidied notes that a cancelled execution's child was seen to.
	Tidied(ctx context.Context, ref Ref) error
}

// Link leads from a node run to one run that it started, or says why it did not.
type Link struct {
	Ref    // the parent
	Parent // of whom it is the Parent; Since: when the link was written
	Child  ident.Execution
	Err    *fault.Error // Kind, Code and Message; nil: it was started
}

// Birth is an execution that another one starts.
type Birth struct {
	Creation
	Guard Guard // the parent's
	Old   *Link // that it replaces; nil: there is none
	// Cap is the most runs that the parent may start; the one at the top may start,
	// with all below it, MaxSubRuns.
	Cap int
}

// The limits of runs that start runs. A workflow that calls itself stops at them.
const (
	MaxDepth   = 10   // levels below the run at the top
	MaxSubRuns = 1000 // of one run at the top, all levels together
)
