package asl

import "github.com/automatelanka/automatelanka/internal/value"

// fan is the state of a Parallel or Map whose branches run.
type fan struct {
	results []any
	threads []*thread // by index; nil before and after
	next    int       // the first that has not begun
	done    int
	limit   int // how many may run at once
	begin   func(i int) (*thread, *Failure)
}

func (r *Run) parallel(t *thread, sc *scope) {
	input := sc.input
	if t.state.parameters != nil {
		v, f := t.state.parameters.eval(sc)
		if f != nil {
			r.fail(t, f)
			return
		}
		input = v
	}
	r.event(t, "ParallelStateStarted", nil)
	started := t.lastEvent
	branches := t.state.branches
	r.spread(t, &fan{results: make([]any, len(branches)), limit: len(branches), begin: func(i int) (*thread, *Failure) {
		return &thread{run: r, parent: t, index: i, state: branches[i].start, raw: input, lastEvent: started}, nil
	}})
}

func (r *Run) mapItems(t *thread, sc *scope) {
	spec := t.state.items
	list, f := spec.list(sc)
	if f != nil {
		r.fail(t, f)
		return
	}
	limit, f := concurrency(spec.concurrency, sc)
	if f != nil {
		r.fail(t, f)
		return
	}
	r.event(t, "MapStateStarted", func() (string, *value.Object) {
		return "mapStateStartedEventDetails", value.Obj("length", Number(int64(len(list))))
	})
	r.spread(t, &fan{results: make([]any, len(list)), limit: limit, begin: func(i int) (*thread, *Failure) {
		child := &thread{run: r, parent: t, index: i, state: spec.processor.start, raw: list[i], lastEvent: t.lastEvent,
			item: value.Obj("Index", Number(int64(i)), "Value", list[i])}
		if spec.selector != nil {
			// The selector belongs to the Map state: $$.State is the Map's.
			view := *t
			view.item, view.context = child.item, nil
			v, f := spec.selector.eval(&scope{input: sc.input, thread: &view})
			if f != nil {
				return nil, f
			}
			child.raw = v
		}
		r.iteration(child, "MapIterationStarted")
		return child, nil
	}})
}

// list finds the array that a Map goes over.
func (spec *mapSpec) list(sc *scope) ([]any, *Failure) {
	items, at := sc.input, "$"
	if spec.items != nil {
		v, f := spec.items.eval(sc)
		if f != nil {
			return nil, f
		}
		items, at = v, spec.items.text
	}
	list, ok := items.([]any)
	if !ok {
		return nil, runtimeFailure("Reference path \"%s\" must point to array.", at)
	}
	return list, nil
}

// concurrency reads MaxConcurrency; 0 and numbers above the service's own limit are that limit.
func concurrency(s *seconds, sc *scope) (int, *Failure) {
	if s == nil {
		return maxInlineWorkers, nil
	}
	n := s.n
	if s.path != nil {
		v, f := s.path.eval(sc)
		if f != nil {
			return 0, f
		}
		var ok bool
		if n, ok = integer(v); !ok {
			return 0, runtimeFailure("The MaxConcurrencyPath field refers to value \"%s\" which is not a valid integer: %s", display(v), s.path)
		}
		if n < 0 {
			return 0, runtimeFailure("MaxConcurrency cannot be negative.")
		}
	}
	if n == 0 || n > maxInlineWorkers {
		n = maxInlineWorkers
	}
	return int(n), nil
}

// spread begins the branches of t, as many as may run at once.
func (r *Run) spread(t *thread, f *fan) {
	f.threads = make([]*thread, len(f.results))
	t.fan, t.op = f, opFan
	if len(f.results) == 0 {
		r.gather(t)
		return
	}
	for range min(f.limit, len(f.results)) {
		if !r.beginNext(t) {
			return
		}
	}
}

func (r *Run) beginNext(t *thread) bool {
	f := t.fan
	i := f.next
	f.next++
	child, bad := f.begin(i)
	if bad != nil {
		r.abandon(t)
		r.fail(t, bad)
		return false
	}
	f.threads[i] = child
	r.ready = append(r.ready, child)
	return true
}

// threadDone ends a thread: the run, or a branch.
func (r *Run) threadDone(t *thread, out any) {
	t.dead = true
	p := t.parent
	if p == nil {
		r.finish(Succeeded, out, nil)
		return
	}
	p.lastEvent = t.lastEvent // the next iteration's event follows the last state's, as seen on the service
	if t.item != nil {
		r.iteration(t, "MapIterationSucceeded")
	}
	f := p.fan
	f.results[t.index], f.threads[t.index] = out, nil
	f.done++
	switch {
	case f.done == len(f.results):
		p.lastEvent = t.lastEvent
		r.gather(p)
	case f.next < len(f.results):
		r.beginNext(p)
	}
}

// gather ends a Parallel or Map all of whose branches have ended well.
func (r *Run) gather(t *thread) {
	results := t.fan.results
	t.fan, t.op = nil, opNone
	last := t.lastEvent
	r.event(t, t.state.kind.String()+"StateSucceeded", nil)
	if t.state.kind == kindMap && len(results) > 0 {
		t.lastEvent = last // MapStateExited follows the last iteration, as seen on the service
	}
	if tooLarge(results) {
		r.fail(t, limitExceeded(t.state.name))
		return
	}
	r.succeed(t, results)
}

// abandon ends all branches of t and what they wait for.
func (r *Run) abandon(t *thread) {
	f := t.fan
	if f == nil {
		return
	}
	t.fan, t.op = nil, opNone
	for _, child := range f.threads {
		if child == nil || child.dead {
			continue
		}
		child.dead = true
		r.abandon(child)
		if child.token != 0 {
			delete(r.pending, child.token)
			r.effects = append(r.effects, Effect{Kind: Cancel, Token: child.token})
			child.token = 0
		}
		if child.enteredEvent != 0 {
			r.event(child, child.state.kind.String()+"StateAborted", nil)
		}
		if child.item != nil {
			r.iteration(child, "MapIterationAborted")
		}
	}
}
