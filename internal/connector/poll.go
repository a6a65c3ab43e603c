package connector

import (
	"compress/flate"
	"context"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// pollMode is why a service is asked.
type pollMode string

// The modes: by hand, to see what there is; the first time, to learn what is
// there already; from then on, for what is new.
const (
	pollTest  pollMode = "test"
	pollFirst pollMode = "first"
	pollNext  pollMode = "next"
)

// maxNew is the most that one poll gives; the rest comes with the next one.
const maxNew = 500

// asking is a poll under way.
type asking struct {
	def    *Poll
	mode   pollMode
	now    int64 // milliseconds
	cursor *cursor
	clock  bool // things come at a time that is known before
}

// poll asks for what is new since the cursor that the poll before gave.
func (s *service) poll(ctx context.Context, c *node.Call, raw []byte) (node.Polled, error) {
	op, err := s.find(c)
	if err != nil {
		return node.Polled{}, err
	}
	x, err := s.file.Auth.open(ctx, c)
	if err != nil {
		return node.Polled{}, err
	}
	r := &running{ctx: ctx, c: c, op: op, secret: x}
	w, err := r.begin()
	if err != nil {
		return node.Polled{}, err
	}
	defer w.scope.close()
	found, err := w.ask(raw)
	return found, r.hide(err)
}

// byHand gives what the service has at present, as n8n's test of a trigger does.
func (r *running) byHand() (node.Result, error) {
	w, err := r.begin()
	if err != nil {
		return node.Result{}, err
	}
	defer w.scope.close()
	w.watch(&asking{def: r.op.def.Poll, mode: pollTest, now: r.c.Run.Now.UnixMilli(), cursor: &cursor{}})
	v, err := w.steps()
	var items []workflow.Item
	if err == nil {
		items, err = w.items(v)
	}
	if err == nil && len(items) == 0 {
		err = node.Errorf("No data with the current filter could be found")
	}
	if err != nil {
		return node.Result{}, r.hide(err)
	}
	return node.Result{Outputs: [][]workflow.Item{items}}, nil
}

func (r *running) begin() (*work, error) {
	s, err := newScope(r.ctx, r.c, r.op, 0)
	return &work{running: r, scope: s, secret: r.secret.own()}, err
}

// watch sets what the templates of a trigger see.
func (w *work) watch(p *asking) {
	w.poll = p
	o := value.Obj("mode", string(p.mode), "until", isoOf(p.now))
	if p.mode != pollTest {
		o.Set("since", isoOf(p.from()))
	}
	if p.mode == pollNext {
		o.Set("state", p.cursor.State)
	}
	w.scope.with("$poll", o)
}

func isoOf(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// ask runs the operation and finds what is new in what it gives.
func (w *work) ask(raw []byte) (node.Polled, error) {
	p, err := w.resume(raw)
	if err != nil {
		return node.Polled{}, err
	}
	w.watch(p)
	v, err := w.steps()
	if err != nil {
		return node.Polled{}, err
	}
	list, err := w.elements(v)
	if err != nil {
		return node.Polled{}, err
	}
	if p.def.State != nil {
		err = w.keepState()
	} else {
		list, err = w.news(list)
	}
	if err != nil {
		return node.Polled{}, err
	}
	out := node.Polled{Cursor: p.cursor.encode()}
	if p.mode == pollNext && len(list) > 0 {
		out.Items, err = w.each(list)
	}
	return out, err
}

// resume begins a poll where the one before ended, unless something else is
// watched by now.
func (w *work) resume(raw []byte) (*asking, error) {
	p := &asking{def: w.op.def.Poll, mode: pollNext, now: w.c.Run.Now.UnixMilli()}
	scope, err := w.text(p.def.Scope)
	if err == nil && p.def.Clock != nil {
		p.clock, err = p.def.Clock.holds(w.scope)
	}
	if err != nil {
		return nil, err
	}
	if scope != "" {
		scope = hashOf(scope)
	}
	if raw != nil {
		if p.cursor, err = decodeCursor(raw); err != nil {
			return nil, err
		}
	}
	if p.cursor == nil || p.cursor.Scope != scope {
		p.mode, p.cursor = pollFirst, &cursor{Scope: scope, Since: p.now}
	}
	return p, nil
}

func (w *work) keepState() error {
	v, _, err := w.poll.def.State.value(w.scope)
	if n := packed(value.JSON(v)); n > maxState && err == nil {
		err = node.Errorf("What is watched is too large: to find changes, %d kB must be kept, and %d kB are the most. Watch less of it.", n>>10, maxState>>10)
	}
	w.poll.cursor.State = v
	return err
}

// packed is about how large a text is when it is compressed, in bytes, as cursors are.
func packed(text []byte) int {
	if len(text) <= maxState {
		return len(text)
	}
	n := &counter{}
	w, err := flate.NewWriter(n, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil || w.Close() != nil { // it writes to memory
		return len(text)
	}
	return n.bytes
}

// counter counts what is written to it.
type counter struct{ bytes int }

func (c *counter) Write(b []byte) (int, error) {
	c.bytes += len(b)
	return len(b), nil
}

// thing is an element with what it is known by.
type thing struct {
	element any
	key     string
	at      int64 // milliseconds; 0 if it has no time
}

// news are the elements that no poll has given, in the service's order; the
// cursor takes note of all.
func (w *work) news(list []any) ([]any, error) {
	p := w.poll
	var fresh []thing
	for i, x := range list {
		t, err := w.thing(x, i)
		if err != nil {
			return nil, err
		}
		if !p.clock || t.at <= p.now {
			fresh = append(fresh, t)
		}
	}
	if p.mode == pollFirst {
		p.cursor.begin(fresh, p)
		return nil, nil
	}
	p.cursor.refresh(fresh, p.now)
	fresh = slices.DeleteFunc(fresh, p.known)
	taken, left := p.batch(fresh)
	p.cursor.advance(taken, left, p)
	out := make([]any, len(taken))
	for i, t := range taken {
		out[i] = t.element
	}
	return out, nil
}

func (w *work) thing(x any, i int) (thing, error) {
	t := thing{element: x}
	w.scope.with("$value", x, "$index", float64(i))
	v, ok, err := w.poll.def.Key.value(w.scope)
	if err != nil {
		return t, err
	}
	if !ok {
		v = x // it has no id: then it is itself
	}
	t.key = hashOf(textOf(v))
	v, ok, err = w.poll.def.At.value(w.scope)
	if err != nil || !ok || v == nil || v == "" {
		return t, err
	}
	at, err := w.scope.time(v)
	if err != nil {
		return t, node.Errorf("The time of what was found, %s.", err)
	}
	t.at = at.UnixMilli()
	return t, nil
}

// from is the moment from which the service is asked, in milliseconds.
func (p *asking) from() int64 { return p.cursor.Since - p.overlap() }

// usualOverlap covers clocks that differ, and what a service shows a little late.
const usualOverlap = 300

func (p *asking) overlap() int64 {
	seconds := p.def.Overlap
	if seconds == 0 {
		seconds = usualOverlap
	}
	return int64(seconds * 1000)
}

// known reports whether a thing is not new: a poll has given it, or it is older
// than what was there at the first poll.
func (p *asking) known(t thing) bool {
	if p.cursor.has(t.key) {
		return true
	}
	return t.at != 0 && t.at < max(p.from(), p.cursor.Floor)
}

// batch divides things if there are too many for one run: the oldest go first.
func (p *asking) batch(all []thing) (taken, left []thing) {
	all = slices.DeleteFunc(all, twice())
	if len(all) <= maxNew {
		return all, nil
	}
	byAge := slices.Clone(all)
	slices.SortStableFunc(byAge, func(a, b thing) int { return int(min(max(a.at-b.at, -1), 1)) })
	late := map[string]bool{}
	for _, t := range byAge[maxNew:] {
		late[t.key] = true
	}
	for _, t := range all {
		if late[t.key] {
			left = append(left, t)
		} else {
			taken = append(taken, t)
		}
	}
	return taken, left
}

// twice reports whether a thing was there before in the same answer: pages may overlap.
func twice() func(thing) bool {
	seen := map[string]bool{}
	return func(t thing) bool {
		was := seen[t.key]
		seen[t.key] = true
		return was
	}
}

// fresh leaves what is known out of a step's list. The first poll notes all of it.
func (p *asking) fresh(w *work, f *Fresh, v any) (any, error) {
	list, ok := v.([]any)
	if !ok || p == nil || p.mode == pollTest {
		return v, nil
	}
	out := []any{}
	for i, x := range list {
		w.scope.with("$value", x, "$index", float64(i))
		key, err := w.text(&f.Key)
		if err != nil {
			return nil, err
		}
		hash := hashOf(key)
		switch {
		case p.mode == pollFirst:
			p.cursor.note(thing{key: hash, at: p.now}, p.now)
		case !p.cursor.has(hash):
			out = append(out, x)
		}
	}
	if n := int(f.Max); n > 0 && len(out) > n {
		out = out[len(out)-n:]
	}
	return out, nil
}
