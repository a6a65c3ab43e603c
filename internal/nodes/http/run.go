package http

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// sideBySide is how many safe requests of one node run are under way at once.
const sideBySide = 8

// outcome is what one item gave.
type outcome struct {
	items []workflow.Item
	err   error
	sent  bool // an unsafe request of the item had its effect
}

// run makes the requests of all items, as build reads them, and puts their items in order.
func run(ctx context.Context, c *node.Call, build func(*node.Call, int) (*request, error)) (node.Result, error) {
	results := make([]outcome, len(c.Items()))
	requests := make([]*request, len(results))
	for i := range results {
		requests[i], results[i].err = build(c, i)
		if results[i].err == nil {
			results[i].err = requests[i].auth.open(ctx, c)
		}
		if results[i].err != nil && !c.Continues() {
			return node.Result{}, atItem(results[i].err, i, nil)
		}
	}
	if err := perform(ctx, c, requests, results); err != nil {
		return node.Result{}, atItem(err, -1, results)
	}
	acted := slices.ContainsFunc(results, func(o outcome) bool { return o.sent })
	var out []workflow.Item
	for i, r := range results {
		if node.HeldBack(r.err) && !acted {
			return node.Result{}, atItem(r.err, i, results)
		}
		if r.err != nil {
			out = append(out, errorItem(i, requests[i], c.Node.TypeVersion, r.err))
			continue
		}
		out = append(out, r.items...)
	}
	return node.Result{Outputs: [][]workflow.Item{out}}, nil
}

// perform sends the requests, side by side while they are safe, in batches if
// the author asks for them. Failures that are not passed on end it.
func perform(ctx context.Context, c *node.Call, requests []*request, results []outcome) error {
	b, err := batching(c)
	if err != nil {
		return err
	}
	slots := make(chan struct{}, together(c, requests))
	var wait sync.WaitGroup
	for i, q := range requests {
		if results[i].err != nil {
			continue
		}
		slots <- struct{}{}
		if cap(slots) == 1 && !c.Continues() && i > 0 && results[i-1].err != nil {
			break // the one before has ended, and failed
		}
		if err = b.pause(ctx, i); err != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			results[i] = q.exchange(ctx, c)
		})
	}
	wait.Wait()
	for i, r := range results {
		if r.err != nil && !c.Continues() {
			return atItem(r.err, i, results)
		}
	}
	return err
}

// together is how many requests may be under way at once.
func together(c *node.Call, requests []*request) int {
	if _, ok := paginated(c); ok {
		return 1 // expressions read the run's history, which is not for several at once
	}
	for _, q := range requests {
		if q != nil && q.acts() {
			return 1
		}
	}
	return sideBySide
}

// exchange makes the requests of one item and reads their answers.
func (q *request) exchange(ctx context.Context, c *node.Call) outcome {
	answers, err := q.pages(ctx, c)
	o := outcome{err: err, sent: len(answers) > 0 && q.acts()}
	for _, a := range answers {
		if o.err != nil {
			break
		}
		var items []workflow.Item
		items, o.err = q.items(ctx, c, a)
		o.items = append(o.items, items...)
	}
	if o.err != nil && len(answers) > 0 && fault.Of(o.err).Outcome == fault.NotSent {
		o.err = wire.Answered(o.err)
	}
	return o
}

// atItem says which item failed. A failure that did nothing counts as unknown if
// earlier items of the run had their effect: repeating the run repeats them.
func atItem(err error, item int, results []outcome) error {
	for i, r := range results {
		if i != item && r.err == nil && r.sent {
			err = node.WithOutcome(err, fault.Unknown)
		}
	}
	return node.AtItem(item, err)
}

// errorItem is the item of a failure that the node's settings pass on, with the
// error in the shape of n8n's HTTP client.
func errorItem(i int, q *request, version float64, err error) workflow.Item {
	f := fault.Of(err)
	e := value.Obj("message", f.Message)
	if r, ok := f.Cause.(refusal); ok {
		e.Set("message", r.message())
		e.Set("name", "AxiosError")
		e.Set("code", "ERR_BAD_REQUEST")
		if r.status >= 500 {
			e.Set("code", "ERR_BAD_RESPONSE")
		}
		e.Set("status", float64(r.status))
	} else {
		e.Set("code", string(f.Code))
	}
	var json any = e
	if q == nil || q.read != nil {
		json = f.Message // the request could not even be built, or another client sent it in n8n
	}
	o := value.Obj("error", json)
	if q != nil && version >= withDetails {
		o.Set("details", errorDetails(i, f, err))
	}
	return workflow.Item{JSON: o, Paired: []workflow.Paired{{Item: i}}}
}

// withDetails is the version from which error items say in fields of their own what
// n8n shows of a failure.
const withDetails = 4.5

// errorDetails is a failure as n8n shows it: the status in words, the service's
// message, the status, and the answer, read if it is JSON.
func errorDetails(i int, f *fault.Error, err error) *value.Object {
	d := value.Obj("message", f.Message)
	if detail := node.DetailOf(err); detail != "" && detail != f.Message {
		d.Set("description", detail)
	}
	d.Set("httpCode", string(f.Code))
	if r, ok := f.Cause.(refusal); ok {
		d.Set("httpCode", strconv.Itoa(r.status))
		var body any = r.body
		if v, err := value.Parse([]byte(r.body)); err == nil {
			body = v
		}
		d.Set("body", body)
	}
	d.Set("context", value.Obj("itemIndex", float64(i)))
	return d
}

// maxRefusal is how much of a refusal's body its error item repeats, in bytes.
const maxRefusal = 64 << 10

// refusal is an answer that is no success, as the cause of a fault.
type refusal struct {
	version float64 // of the node
	status  int
	body    string
}

func (r refusal) Error() string { return "status " + strconv.Itoa(r.status) }

// message is what n8n's error items say, which workflows look into: the status and the
// body as JSON, in versions 1 and 2 the value that it holds, afterwards its text.
func (r refusal) message() string {
	if r.status == http.StatusTooManyRequests && r.version >= 3 {
		return "Try spacing your requests out using the batching settings under 'Options'"
	}
	var body any = r.body
	if r.version < 3 {
		if v, err := value.Parse([]byte(r.body)); err == nil {
			body = v
		}
	}
	return strconv.Itoa(r.status) + " - " + string(value.JSON(body))
}

// batches pauses between groups of requests.
type batches struct {
	size     int
	interval time.Duration
	clock    clock.Clock
}

func batching(c *node.Call) (batches, error) {
	r := newReader(c, 0)
	at, size, interval := "options.batching.batch.", "batchSize", "batchInterval"
	if c.Node.TypeVersion < 3 {
		at = "options."
	}
	b := batches{clock: wire.Clock(c)}
	if n := r.Number(at+size, 1); n > 0 {
		b.size = int(n)
	} else if n == 0 || c.Node.TypeVersion >= 3 {
		b.size = 1
	}
	if r.Value(strip(at)) != nil {
		b.interval = time.Duration(r.Number(at+interval, 0)) * time.Millisecond
	}
	return b, r.Err()
}

func strip(at string) string { return at[:len(at)-1] }

// pause waits before item i if it begins a batch.
func (b batches) pause(ctx context.Context, i int) error {
	if i == 0 || b.size == 0 || b.interval <= 0 || i%b.size != 0 {
		return nil
	}
	if err := clock.Sleep(ctx, b.clock, b.interval); err != nil {
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout,
			"The batch interval of %s leaves too little time for the remaining items.", b.interval)
	}
	return nil
}
