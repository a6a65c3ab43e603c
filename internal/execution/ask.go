package execution

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// goOn gives the step what its node kept when it last asked for runs of workflows,
// and what became of these. It returns what the runs before them took.
func (r *Runner) goOn(ctx context.Context, c Control, s *Stepping) (workflow.SubRuns, error) {
	if c.Partials == 0 {
		return workflow.SubRuns{}, nil
	}
	at := runID{s.Step.Node.Name, s.Step.RunIndex}
	p, err := r.Store.Partial(ctx, c.Ref, at.node, at.index)
	if err != nil || p == nil {
		return workflow.SubRuns{}, err
	}
	if s.Sub, err = collect(ctx, r.Store, c, at, p.Ask); err != nil {
		return workflow.SubRuns{}, err
	}
	s.Partial = p.Keeps
	return p.Took, nil
}

// asking is an attempt that asked for runs of workflows, under its claim.
type asking struct {
	token string
	out   Stepped
}

// ask closes the claim with what the node keeps, in one write: advance starts the
// runs, and the node goes on when they have ended.
func (r *Runner) ask(ctx context.Context, c Control, st *state, t Task, a asking) error {
	p := &Partial{Node: t.Node, Run: t.Run, Ask: a.out.Ask, Keeps: a.out.Partial}
	if s := a.out.Run.Sub; s != nil {
		p.Took = *s
	}
	closing := Closing{Token: a.token, Partial: p, Retry: &Pending{
		Attempt: t.Attempt, At: r.Clock.Now(), Code: CodeAsked, Node: t.Node, Run: t.Run, Asked: t.Asked + 1,
	}}
	if _, err := r.Store.Close(ctx, c.Ref, t.Seq, closing); err != nil {
		return err
	}
	if !t.shares() {
		r.States.give(c.Ref, st, st.version)
	}
	return nil
}

// judged is the step as retries see it: an attempt that only asked is none of theirs.
func judged(s Stepping, t Task) Stepping {
	s.Info.Attempt = t.Attempt - t.Asked
	return s
}
