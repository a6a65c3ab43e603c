package dynamostore

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// What a run that another one started has on its control item, and what a run has
// that starts others:
//
//	pa  parent|run|number|detached|node    pg  the parent's generation (Parent.Since)
//	ro  the root; dp its depth              ns  runs started
//	wc  the last child it started to wait for; ws the same, while it waits for it alone
//	oc  cancelled, and wc has yet to be     pt  partial node runs kept

func encodeParent(a attrs, c execution.Control) {
	if c.Parent.ID == "" {
		return
	}
	a["pa"], a["pg"] = packParent(c.Parent), num(int64(c.Parent.Since))
	a["ro"], a["dp"] = str(string(c.Root)), num(int64(c.Depth))
}

func decodeParent(a attrs, c *execution.Control) {
	if s := getStr(a, "pa"); s != "" {
		c.Parent = unpackParent(s)
		c.Parent.Since = int(getNum(a, "pg"))
	}
	c.Root, c.Depth = ident.Execution(getStr(a, "ro")), int(getNum(a, "dp"))
	c.SubRuns, c.Partials = int(getNum(a, "ns")), int(getNum(a, "pt"))
	c.Child, c.AwaitsChild, c.EndsChild = ident.Execution(getStr(a, "wc")), getStr(a, "ws") != "", getBool(a, "oc")
}

func packParent(p execution.Parent) types.AttributeValue {
	detached := ""
	if p.Detached {
		detached = "d"
	}
	return str(strings.Join([]string{string(p.ID), strconv.Itoa(p.Run), strconv.Itoa(p.Item), detached, p.Node}, "|"))
}

func unpackParent(s string) execution.Parent {
	p := strings.SplitN(s, "|", 5)
	if len(p) < 5 {
		return execution.Parent{}
	}
	return execution.Parent{ID: ident.Execution(p[0]), Run: atoi(p[1]), Item: atoi(p[2]), Detached: p[3] != "", Node: p[4]}
}

// The places of the writes in CreateChild's transaction.
const (
	birthControl = iota
	birthCounters
	birthLink
	birthParent
	birthRoot
)

// CreateChild writes the execution with its parent's link and the counts. The
// parent's guard is part of it: what was cancelled or superseded starts nothing.
func (r *Runs) CreateChild(ctx context.Context, b execution.Birth) (ident.Execution, error) {
	control, extra, err := r.prepare(ctx, &b.Creation)
	if err != nil {
		return "", err
	}
	count := open(b)
	writes := []types.TransactWriteItem{
		r.putWrite(control, "attribute_not_exists(pk)"),
		r.updateWrite(countersKey(b.Tenant), count),
		r.linkWrite(execution.Link{Ref: b.Guard.Ref, Parent: b.Parent, Child: b.ID}, b.Old),
		r.updateWrite(executionKey(b.Guard.Tenant, b.Guard.ID), starts(b)),
	}
	if b.Root != b.Guard.ID {
		writes = append(writes, r.updateWrite(executionKey(b.Tenant, b.Root), rootStarts()))
	}
	reasons, ok, err := r.transact(ctx, append(writes, extra...)...)
	if err != nil || ok {
		return b.ID, err
	}
	return r.notBorn(b, reasons)
}

// open counts the run as open; a detached one only if the queue has room. One that
// is waited for takes its parent's place.
func open(b execution.Birth) expression {
	var e expression
	e.Add("op", 1)
	if n := b.Limits.MaxQueued; b.Parent.Detached && n >= 0 {
		e.If("op < :maxOpen")
		e.value(":maxOpen", num(n+int64(b.Limits.Slots())))
	}
	return e
}

// starts is the parent's part: it holds the generation, and remembers whom it waits for.
func starts(b execution.Birth) expression {
	e := awaits(b.Guard, b.ID)
	if b.Parent.Detached {
		e = guarded(b.Guard)
		e.If("attribute_not_exists(cx)")
	}
	e.Add("ns", 1)
	e.If("attribute_not_exists(ns) OR ns < :cap")
	e.value(":cap", num(int64(b.Cap)))
	return e
}

// awaits makes a run the one that its parent waits for, if the parent may go on.
func awaits(g execution.Guard, child ident.Execution) expression {
	e := guarded(g)
	e.If("attribute_not_exists(cx)")
	e.Set("wc", str(string(child)))
	return e
}

func rootStarts() expression {
	var e expression
	e.Add("ns", 1)
	e.If("attribute_exists(pk) AND (attribute_not_exists(ns) OR ns < :cap)")
	e.value(":cap", num(execution.MaxSubRuns))
	return e
}

// notBorn finds out why nothing was written.
func (r *Runs) notBorn(b execution.Birth, reasons []types.CancellationReason) (ident.Execution, error) {
	if item, failed := failedAt(reasons, birthLink); failed {
		if id := getStr(item, "ex"); id != "" {
			return ident.Execution(id), nil // started before, or our own write whose answer was lost
		}
		return "", execution.ErrSuperseded
	}
	if item, failed := failedAt(reasons, birthParent); failed {
		c := decodeControl(item)
		if c.Status != execution.Running || c.Generation != b.Guard.Generation || c.MachineRun != b.Guard.MachineRun || c.CancelAsked {
			return "", execution.ErrSuperseded
		}
		return "", tooMany(b.Cap)
	}
	if _, failed := failedAt(reasons, birthRoot); failed && b.Root != b.Guard.ID {
		return "", tooMany(execution.MaxSubRuns)
	}
	if _, failed := failedAt(reasons, birthCounters); failed {
		return "", fault.New(fault.LimitExceeded, fault.CodePlanQueue,
			"%d runs wait in the queue already, as many as the plan allows; resume when some have ended, or let the node wait for its sub-workflows.", b.Limits.MaxQueued)
	}
	return "", execution.ErrSuperseded
}

func tooMany(cap int) error {
	return fault.New(fault.LimitExceeded, fault.CodeLoopLimit,
		"The run has started %d runs of other workflows, as many as it may. Work in larger batches, or raise the workflow's setting maxSubRuns (at most %d) and resume.",
		cap, execution.MaxSubRuns)
}

// RefuseChild keeps the reason in the link's place.
func (r *Runs) RefuseChild(ctx context.Context, l execution.Link, old *execution.Link) error {
	_, _, err := r.transact(ctx, r.linkWrite(l, old))
	return err // a link that is there already counts: who refused reads it
}

// linkWrite puts a link where there is none, or the one that is known.
func (r *Runs) linkWrite(l execution.Link, old *execution.Link) types.TransactWriteItem {
	item := linkKey(l.Tenant, l.Ref.ID, l.Node, l.Run, l.Item).attrs()
	item["pa"], item["pg"] = packParent(l.Parent), num(int64(l.Since))
	if l.Err != nil {
		item["er"] = encodeFailure(&execution.Failure{Code: l.Err.Code, Message: l.Err.Message})
		item["ek"] = num(int64(l.Err.Kind))
	} else {
		item["ex"] = str(string(l.Child))
	}
	if old == nil {
		return r.putWrite(item, "attribute_not_exists(pk)")
	}
	w := r.putWrite(item, "pg = :old")
	w.Put.ExpressionAttributeValues = attrs{":old": num(int64(old.Since))}
	return w
}

// Links reads the links of a node run, or of the whole execution.
func (r *Runs) Links(ctx context.Context, ref execution.Ref, node string, run int) ([]execution.Link, error) {
	prefix := linkPrefix
	if node != "" {
		prefix = linksOf(node, run)
	}
	pages := dynamodb.NewQueryPaginator(r.db, &dynamodb.QueryInput{
		TableName: r.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :prefix)"),
		ExpressionAttributeValues: attrs{":pk": str(executionPK(ref.Tenant, ref.ID)), ":prefix": str(prefix)},
	})
	var out []execution.Link
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, item := range page.Items {
			out = append(out, decodeLink(ref, item))
		}
	}
	return out, nil
}

func decodeLink(ref execution.Ref, item attrs) execution.Link {
	l := execution.Link{Ref: ref, Parent: unpackParent(getStr(item, "pa")), Child: ident.Execution(getStr(item, "ex"))}
	l.Since = int(getNum(item, "pg"))
	if f := decodeFailure(item); f != nil {
		l.Err = fault.New(fault.Kind(getNum(item, "ek")), f.Code, "%s", f.Message)
	}
	return l
}

// writePartial changes the control item and puts what a node run keeps.
func (r *Runs) writePartial(ctx context.Context, ref execution.Ref, e expression, p *execution.Partial) (execution.Control, error) {
	b, err := p.Encode()
	if err != nil {
		return execution.Control{}, err
	}
	item := partialKey(ref.Tenant, ref.ID, p.Node, p.Run).attrs()
	if err := r.putPayload(ctx, ref, item, b); err != nil {
		return execution.Control{}, err
	}
	return r.writeWith(ctx, ref, e, item)
}

// Partial reads what a node run keeps.
func (r *Runs) Partial(ctx context.Context, ref execution.Ref, node string, run int) (*execution.Partial, error) {
	item, err := r.get(ctx, partialKey(ref.Tenant, ref.ID, node, run))
	if err != nil || item == nil {
		return nil, err
	}
	b, err := r.payload(ctx, item)
	if err != nil {
		return nil, err
	}
	return execution.ParsePartial(b)
}

// endsChild keeps a cancelled execution where sweep finds it until its child has
// been seen to. The child must be the one that was read: one that was started
// meanwhile would be left alone.
func endsChild(e *expression, s execution.Settlement) {
	e.Remove("ws")
	if s.Child == "" {
		e.If("attribute_not_exists(wc)")
		e.Remove(attrOpen, attrDue)
		return
	}
	e.If("wc = :child")
	e.value(":child", str(string(s.Child)))
	e.Set("oc", yes)
	e.Set(attrOpen, str(openShard(string(s.ID))))
	e.Set(attrDue, num(millis(s.Now.Add(execution.FirstLook))))
}

// Tidied takes it from there.
func (r *Runs) Tidied(ctx context.Context, ref execution.Ref) error {
	var e expression
	e.If("oc = :yes")
	e.value(":yes", yes)
	e.Remove("oc", attrOpen, attrDue)
	_, _, err := r.update(ctx, executionKey(ref.Tenant, ref.ID), e)
	return err
}
