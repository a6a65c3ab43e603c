package execution

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// collect reads what became of the runs that a node run asked for, up to the first
// failure if the node goes no further.
func collect(ctx context.Context, store Store, c Control, at runID, ask *node.SubRuns) ([]node.SubResult, error) {
	links, err := linksOf(ctx, store, c.Ref, at)
	if err != nil {
		return nil, err
	}
	results := make([]node.SubResult, 0, len(ask.Runs))
	for i, run := range ask.Runs {
		var r node.SubResult
		l, linked := links[ask.First+i]
		switch {
		case run.Err != nil:
			r.Err = run.Err
		case linked && l.Err != nil:
			r.Err = l.Err
		case linked && ask.Detached:
			r.ID = string(l.Child)
		case linked:
			if r, err = resultOf(ctx, store, Ref{c.Tenant, l.Child}, run); err != nil {
				return nil, err
			}
		default:
			return nil, fault.New(fault.Internal, fault.CodeInternal, "A sub-workflow of node %q was not started.", at.node)
		}
		results = append(results, r)
		if r.Err != nil && !ask.GoOn {
			break
		}
	}
	return results, nil
}

// linksOf reads the links of a node run by the items that they are for.
func linksOf(ctx context.Context, store Store, ref Ref, at runID) (map[int]Link, error) {
	list, err := store.Links(ctx, ref, at.node, at.index)
	links := make(map[int]Link, len(list))
	for _, l := range list {
		links[l.Item] = l
	}
	return links, err
}

// resultOf reads a run that has ended: the outputs of its last node, or its failure.
func resultOf(ctx context.Context, store Store, ref Ref, run node.SubRun) (node.SubResult, error) {
	r := node.SubResult{ID: string(ref.ID)}
	c, err := store.Load(ctx, ref)
	if fault.Is(err, fault.NotFound) {
		r.Err = node.FailedIn(r.ID, fault.New(fault.NotFound, fault.CodeNotFound,
			"The run %s of the sub-workflow %s is no longer kept; start the execution anew.", ref.ID, called(run)))
		return r, nil
	}
	if err != nil {
		return r, err
	}
	r.Began, r.Took = c.CreatedAt, workflow.SubRuns{Count: 1, Tokens: c.Tokens, CostMicro: c.CostMicro}
	records, err := store.Records(ctx, c, 0)
	if err != nil {
		return r, err
	}
	records = latest(records)
	for i := range records {
		if s := records[i].Run.Sub; s != nil {
			r.Took.Tokens += s.Tokens
			r.Took.CostMicro += s.CostMicro
		}
	}
	switch {
	case c.Status != Completed:
		r.Err = childFailure(c, run)
	default:
		r.Outputs = outputsOf(records, run.LastRun)
	}
	return r, nil
}

// outputsOf are the outputs of the last node: of its last run or, where the trigger
// says so, of all its runs, one after the other in each output.
func outputsOf(records []Record, lastRun bool) [][]workflow.Item {
	if len(records) == 0 {
		return nil
	}
	last := records[len(records)-1].Run
	if lastRun || !slices.ContainsFunc(records, func(r Record) bool { return node.AllRunsGiven(r.Run.State) }) {
		return last.Outputs
	}
	var all [][]workflow.Item
	for _, r := range records {
		if r.Run.Node != last.Node {
			continue
		}
		for i, items := range r.Run.Outputs {
			if i == len(all) {
				all = append(all, nil)
			}
			all[i] = append(all[i], items...)
		}
	}
	return all
}

// childFailure is the failure of a run as that of the node that waited for it. An
// unknown outcome stays one: resuming the parent asks for the decision.
func childFailure(c Control, run node.SubRun) error {
	f := c.Error
	if f == nil {
		f = &Failure{Code: fault.CodeInternal, Message: "It ended as " + string(c.Status) + "."}
	}
	where := ""
	if f.Node != "" {
		where = " at its node \"" + f.Node + "\""
	}
	e := fault.New(fault.Invalid, f.Code, "The sub-workflow %s failed%s: %s (run %s)", called(run), where, f.Message, c.ID)
	if c.Status == Cancelled {
		e.Message = "The run " + string(c.ID) + " of the sub-workflow " + called(run) + " was cancelled."
	}
	if f.Code == fault.CodeNodeOutcomeUnknown {
		e.Outcome = fault.Unknown
	}
	return node.FailedIn(string(c.ID), e)
}

// took adds up what runs took; nil if there were none.
func took(before workflow.SubRuns, results []node.SubResult) *workflow.SubRuns {
	sum := before
	for _, r := range results {
		if r.ID == "" {
			continue
		}
		sum.Count += max(r.Took.Count, 1)
		sum.Tokens += r.Took.Tokens
		sum.CostMicro += r.Took.CostMicro
	}
	if sum.Count == 0 {
		return nil
	}
	return &sum
}
