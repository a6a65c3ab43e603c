package connector

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// sideBySide is how many items of a safe operation are under way at once.
const sideBySide = 8

// outcome is what one item gave.
type outcome struct {
	items []workflow.Item
	err   error
	sent  bool // a request that changes something had its effect
}

// run does what the node asks for, for all its items.
func (s *service) run(ctx context.Context, c *node.Call) (node.Result, error) {
	op, err := s.find(c)
	if err != nil {
		return node.Result{}, err
	}
	x, err := s.file.Auth.open(ctx, c)
	if err != nil {
		return node.Result{}, err
	}
	r := &running{ctx: ctx, c: c, op: op, secret: x}
	if op.def.Poll != nil {
		return r.byHand()
	}
	if op.def.Asks != nil {
		return r.ask()
	}
	if op.def.Mode == "all" {
		return r.all()
	}
	return r.each()
}

// running is one run of a node.
type running struct {
	ctx      context.Context
	c        *node.Call
	op       *operation
	secret   secret
	outcomes []outcome

	spending  sync.Mutex
	spent     *workflow.TokenUsage // by calls of models; nil without
	costMicro int64
}

// each runs the operation for every item: side by side if it is safe, else one
// after another, up to the first failure that is not passed on.
func (r *running) each() (node.Result, error) {
	r.outcomes = make([]outcome, len(r.c.Items()))
	scopes := make([]*scope, len(r.outcomes))
	for i := range scopes {
		// Parameters are read before anything runs: reading them is not for several at once.
		scopes[i], r.outcomes[i].err = newScope(r.ctx, r.c, r.op, i)
		if r.outcomes[i].err != nil && !r.c.Continues() {
			return node.Result{}, node.AtItem(i, r.outcomes[i].err)
		}
	}
	r.perform(scopes)
	var out []workflow.Item
	for i, o := range r.outcomes {
		switch {
		case o.err == nil:
			out = append(out, o.items...)
		case r.c.Continues() && !(node.HeldBack(o.err) && !r.acted()):
			out = append(out, node.ErrorItem(i, o.err))
		default:
			return node.Result{}, r.atItem(i, o.err)
		}
	}
	return r.result(out), nil
}

func (r *running) perform(scopes []*scope) {
	together := 1
	if r.op.effect == node.Safe {
		together = sideBySide
	}
	slots := make(chan struct{}, together)
	var wait sync.WaitGroup
	for i, s := range scopes {
		if s == nil {
			continue
		}
		slots <- struct{}{}
		if together == 1 && i > 0 && r.outcomes[i-1].err != nil && !r.c.Continues() {
			break // the one before has ended, and failed
		}
		wait.Go(func() {
			defer func() { <-slots }()
			r.outcomes[i] = r.item(s)
		})
	}
	wait.Wait()
}

// item runs the operation for one item.
func (r *running) item(s *scope) outcome {
	defer s.close()
	w := &work{running: r, scope: s, secret: r.secret.own()}
	v, err := w.steps()
	var items []workflow.Item
	if err == nil {
		items, err = w.items(v)
	}
	if err != nil && w.sent && r.op.effect == node.Unsafe {
		err = node.WithOutcome(err, fault.Unknown) // repeating the item repeats what was done
	}
	return outcome{items: items, err: r.hide(err), sent: w.sent}
}

// all runs the operation once.
func (r *running) all() (node.Result, error) {
	collected := []any{}
	for i := range r.c.Items() {
		s, err := newScope(r.ctx, r.c, r.op, i)
		if err == nil {
			var v any
			var ok bool
			if v, ok, err = r.op.def.Collect.value(s); ok {
				collected = append(collected, v)
			}
			s.close()
		}
		if err != nil {
			return node.Result{}, node.AtItem(i, err)
		}
	}
	s, err := newScope(r.ctx, r.c, r.op, 0)
	if err != nil {
		return node.Result{}, err
	}
	s.with("$collected", collected)
	o := r.item(s)
	if o.err != nil && r.c.Continues() {
		return r.result([]workflow.Item{node.ErrorItem(0, o.err)}), nil
	}
	if o.err != nil {
		return node.Result{}, o.err
	}
	return r.result(o.items), nil
}

// acted reports whether any item had its effect.
func (r *running) acted() bool {
	return r.op.effect == node.Unsafe && slices.ContainsFunc(r.outcomes, func(o outcome) bool { return o.sent })
}

// atItem says which item failed. A failure that did nothing counts as unknown if
// earlier items had their effect: repeating the run repeats them.
func (r *running) atItem(item int, err error) error {
	for i, o := range r.outcomes {
		if i != item && o.err == nil && o.sent && r.op.effect == node.Unsafe {
			err = node.WithOutcome(err, fault.Unknown)
		}
	}
	return node.AtItem(item, err)
}

// hide keeps the credential's values out of an error: an answer may repeat what
// it was sent.
func (r *running) hide(err error) error {
	if err == nil || r.secret.session == nil {
		return err
	}
	f := *fault.Of(err)
	f.Message = r.secret.hide(f.Message)
	out := node.AtItem(-1, &f)
	if detail := node.DetailOf(err); detail != "" {
		out = node.WithDetail(&f, r.secret.hide(detail))
	}
	if item := node.ItemOf(err); item >= 0 {
		out = node.AtItem(item, out)
	}
	return out
}

// work is the operation under way for one item.
type work struct {
	*running
	scope  *scope
	secret secret
	sent   bool
	last   wire.Answer
	poll   *asking // of triggers
}

// applies reports whether a step is to run. Its condition may look at the
// credential: what is decided tells nothing else of it.
func (w *work) applies(st *Step) (bool, error) {
	if st.When == nil {
		return true, nil
	}
	w.scope.with("$credentials", w.secret.object())
	defer w.scope.with("$credentials", nil)
	return st.When.holds(w.scope)
}

// steps runs the steps in order; their values are $steps, the last one's is the
// operation's.
func (w *work) steps() (any, error) {
	var last any
	done := value.NewObject(len(w.op.steps))
	w.scope.with("$steps", done)
	for i := range w.op.steps {
		st := &w.op.steps[i]
		if ok, err := w.applies(st); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		step := ""
		if i > 0 {
			step = "-" + strconv.Itoa(i)
		}
		v, err := w.step(st, step)
		if err != nil {
			return nil, err
		}
		if last = v; st.ID != "" {
			done.Set(st.ID, v)
		}
	}
	return last, nil
}

// step runs a step once, or for each element of its list; key tells its
// idempotency key from those of other steps.
func (w *work) step(st *Step, key string) (any, error) {
	w.scope.with("$step", key)
	if st.Each == nil {
		v, err := w.once(st)
		if st.New != nil && err == nil {
			v, err = w.poll.fresh(w, st.New, v)
		}
		return v, err
	}
	v, _, err := st.Each.value(w.scope)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for i, x := range elements(v) {
		w.scope.with("$value", x, "$index", float64(i), "$step", key+"-"+strconv.Itoa(i))
		got, err := w.once(st)
		if err != nil {
			return nil, err
		}
		out = append(out, got)
	}
	return out, nil
}

func (w *work) once(st *Step) (any, error) {
	switch {
	case st.Set != nil:
		v, _, err := st.Set.value(w.scope)
		return v, err
	case st.Fail != nil:
		v, _, err := st.Fail.value(w.scope)
		if err == nil {
			err = node.Errorf("%s", textOf(v))
		}
		return nil, err
	case st.File != nil:
		return w.describeFile(st.File)
	case st.Paginate != nil:
		return w.pages(st)
	}
	if err := w.exchange(st, nil); err != nil {
		return nil, err
	}
	return w.result(st)
}

func (w *work) result(st *Step) (any, error) {
	v, _, err := st.Result.of(w.scope, w.scope.vars["$body"])
	return v, err
}

// describeFile is what is known of the item's file.
func (w *work) describeFile(name *Template) (any, error) {
	v, _, err := name.value(w.scope)
	if err != nil {
		return nil, err
	}
	data, f, err := w.c.ReadFile(w.ctx, w.scope.input(), textOf(v))
	if err != nil {
		return nil, err
	}
	o := describe(f)
	o.Set("size", float64(len(data)))
	return o, nil
}
