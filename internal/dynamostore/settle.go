package dynamostore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// inlineSegment is the size, in bytes, up to which the last segment rides on the
// control item: a second item in the transaction would cost two write units.
const inlineSegment = 1200

// Settle ends an execution: status, last segment and counters in one
// transaction. The token tells our own write from another's.
func (r *Runs) Settle(ctx context.Context, s execution.Settlement) (execution.Control, error) {
	token := ident.Token()
	before, e := settleExpression(s, token)
	key := executionKey(s.Tenant, s.ID)
	var writes []types.TransactWriteItem
	if len(s.Segment.Records) > 0 {
		item, err := r.encodeRecords(ctx, s.Ref, s.Segment.Records)
		if err != nil {
			return execution.Control{}, err
		}
		if blob := getBin(item, "b"); blob != nil && len(blob) <= inlineSegment {
			e.Set(seqName(segmentPrefix, s.Segment.Records[0].Seq), bin(blob))
		} else {
			writes = append(writes, r.putWrite(item, ""))
		}
		e.Add("cv", 1)
	}
	var count expression
	if before != execution.Waiting {
		count.Add("op", -1)
	}
	count.Add("pc", s.CostMicro)
	writes = append([]types.TransactWriteItem{r.updateWrite(key, e), r.updateWrite(countersKey(s.Tenant), count)}, writes...)
	reasons, ok, err := r.transact(ctx, writes...)
	if err != nil {
		return execution.Control{}, err
	}
	if ok {
		return execution.Control{}, nil
	}
	item, failed := failedAt(reasons, 0)
	if !failed || item == nil {
		return execution.Control{}, notFound(s.Ref)
	}
	c := decodeControl(item)
	if getStr(item, "ft") == token {
		return c, nil // our own write, whose answer was lost
	}
	return c, execution.ErrSuperseded
}

// settleExpression is the update of the control item, and the status it expects
// to leave (waiting ones are not counted as open).
func settleExpression(s execution.Settlement, token string) (execution.Status, expression) {
	var e expression
	before := execution.Running
	if s.AnyGeneration {
		before = s.From
		e.If("st = :from AND size(cl) = :none")
		e.value(":from", str(string(s.From)))
	} else {
		if s.Unbound {
			before, e = execution.Queued, unbound(s)
		} else {
			e = guarded(s.Guard)
		}
		e.If("size(cl) = :none")
		if s.Status != execution.Cancelled {
			e.If("attribute_not_exists(cx)")
		}
	}
	e.value(":none", num(0))
	e.Set("st", str(string(s.Status)))
	e.Set("fa", num(millis(s.Now)))
	e.Set("ft", str(token))
	if s.Failure != nil {
		e.Set("er", encodeFailure(s.Failure))
	}
	if s.Status == execution.Failed {
		indexFailure(&e, s)
	}
	if s.Segment.Done > 0 {
		e.Set("nd", num(int64(s.Segment.Done)))
	}
	e.Add("co", s.CostMicro)
	switch {
	case s.Status == execution.Cancelled:
		endsChild(&e, s)
	case s.Alarm:
		e.Set(attrDue, num(millis(s.Now.Add(execution.AlarmAfter))))
	default:
		e.Remove(attrOpen, attrDue)
	}
	return before, e
}

// Quiet takes a failed execution out of the open index.
func (r *Runs) Quiet(ctx context.Context, ref execution.Ref, gen int) error {
	var e expression
	e.If("gn = :g AND st = :failed")
	e.value(":g", num(int64(gen)))
	e.value(":failed", str(string(execution.Failed)))
	e.Remove(attrOpen, attrDue)
	_, err := r.change(ctx, ref, e)
	if errors.Is(err, execution.ErrSuperseded) || fault.Is(err, fault.NotFound) {
		return nil // resumed, or erased, meanwhile
	}
	return err
}

// unbound is an expression that holds only while nobody has bound the generation.
func unbound(s execution.Settlement) expression {
	var e expression
	e.If("st = :queued AND gn = :g AND attribute_not_exists(mr)")
	e.value(":queued", str(string(execution.Queued)))
	e.value(":g", num(int64(s.Generation)))
	e.SetRaw("sa = if_not_exists(sa, :sa)")
	e.value(":sa", num(millis(s.StartedAt)))
	return e
}

// Suspend makes the execution waiting until a time; it is then no longer counted as open.
func (r *Runs) Suspend(ctx context.Context, g execution.Guard, seg execution.Segment, until time.Time) (execution.Control, error) {
	e := guarded(g)
	e.If("size(cl) = :none AND attribute_not_exists(cx)")
	e.value(":none", num(0))
	e.Set("st", str(string(execution.Waiting)))
	e.Set(attrDue, num(millis(until)))
	e.Set(attrOpen, str(openShard(string(g.ID))))
	if seg.Child != "" {
		e.Set("wc", str(string(seg.Child)))
		e.Set("ws", str(string(seg.Child)))
	}
	var count expression
	count.Add("op", -1)
	writes := []types.TransactWriteItem{{}, r.updateWrite(countersKey(g.Tenant), count)}
	if len(seg.Records) > 0 {
		item, err := r.encodeRecords(ctx, g.Ref, seg.Records)
		if err != nil {
			return execution.Control{}, err
		}
		writes = append(writes, r.putWrite(item, ""))
		e.Add("cv", 1)
		e.Set("nd", num(int64(seg.Done)))
	}
	writes[0] = r.updateWrite(executionKey(g.Tenant, g.ID), e)
	reasons, ok, err := r.transact(ctx, writes...)
	if err != nil {
		return execution.Control{}, err
	}
	if ok {
		return execution.Control{}, nil
	}
	item, _ := failedAt(reasons, 0)
	if item == nil {
		return execution.Control{}, notFound(g.Ref)
	}
	c := decodeControl(item)
	if c.Status == execution.Waiting && c.Generation == g.Generation && c.MachineRun == g.MachineRun {
		return c, nil // our own write, whose answer was lost
	}
	return c, execution.ErrSuperseded
}

// PutResponse keeps the first answer for the webhook's caller.
func (r *Runs) PutResponse(ctx context.Context, ref execution.Ref, resp execution.Response) error {
	b, err := json.Marshal(resp)
	if err != nil {
		return err
	}
	item := responseKey(ref.Tenant, ref.ID).attrs()
	if err := r.putPayload(ctx, ref, item, b); err != nil { // a page or a file may be larger than an item
		return err
	}
	_, err = r.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: r.table, Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)")})
	var exists *types.ConditionalCheckFailedException
	if errors.As(err, &exists) {
		return nil
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// GetResponse returns the answer for the webhook's caller, or nil.
func (r *Runs) GetResponse(ctx context.Context, ref execution.Ref) (*execution.Response, error) {
	item, err := r.get(ctx, responseKey(ref.Tenant, ref.ID))
	if err != nil || item == nil {
		return nil, err
	}
	b, err := r.payload(ctx, item)
	if err != nil {
		return nil, err
	}
	var resp execution.Response
	return &resp, json.Unmarshal(b, &resp)
}
