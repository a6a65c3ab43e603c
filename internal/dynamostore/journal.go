package dynamostore

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/execution"
)

// Append writes a segment and moves the checkpoint version, if the guard holds.
func (r *Runs) Append(ctx context.Context, g execution.Guard, seg execution.Segment) (execution.Control, error) {
	e := guarded(g)
	e.If("attribute_not_exists(cx)")
	e.Add("cv", 1)
	e.Set("nd", num(int64(seg.Done)))
	if !seg.WaitUntil.IsZero() {
		e.Set("wu", num(millis(seg.WaitUntil)))
	}
	return r.write(ctx, g.Ref, e, seg.Records)
}

// write changes the control item and puts records in one transaction, then
// returns the control item as it became.
func (r *Runs) write(ctx context.Context, ref execution.Ref, e expression, records []execution.Record) (execution.Control, error) {
	if len(records) == 0 {
		return r.change(ctx, ref, e)
	}
	item, err := r.encodeRecords(ctx, ref, records)
	if err != nil {
		return execution.Control{}, err
	}
	return r.writeWith(ctx, ref, e, item)
}

// writeWith changes the control item and puts another item of the execution.
func (r *Runs) writeWith(ctx context.Context, ref execution.Ref, e expression, item attrs) (execution.Control, error) {
	reasons, ok, err := r.transact(ctx, r.updateWrite(executionKey(ref.Tenant, ref.ID), e), r.putWrite(item, ""))
	if err != nil {
		return execution.Control{}, err
	}
	if ok {
		return execution.Control{}, nil
	}
	old, _ := failedAt(reasons, 0)
	if old == nil {
		return execution.Control{}, notFound(ref)
	}
	return decodeControl(old), execution.ErrSuperseded
}

// Claim takes the right to run one node once. A claim with our own token that is
// there already is ours: the answer to an earlier try was lost.
func (r *Runs) Claim(ctx context.Context, g execution.Guard, seq int, c execution.Claim) (execution.Control, error) {
	e := guarded(g)
	e.If("attribute_not_exists(cx) AND attribute_not_exists(cl.#s)")
	e.Name("#s", seqName("", seq))
	e.SetRaw("cl.#s = :claim")
	e.value(":claim", packClaim(c))
	if c.Attempt > 1 {
		e.If("begins_with(rt.#s, :made)")
		e.value(":made", str(seqName("", c.Attempt-1)+"|"))
	} else {
		e.If("attribute_not_exists(rt.#s)")
	}
	control, err := r.change(ctx, g.Ref, e)
	if errors.Is(err, execution.ErrSuperseded) {
		switch {
		case control.Claims[seq].Token == c.Token:
			return control, nil
		case control.CancelAsked && control.Generation == g.Generation:
			return control, execution.ErrCancelled
		}
	}
	return control, err
}

// Close ends a claim: with its record in the same transaction, or with the retry
// that is to come. Whoever still holds the token may close, whatever happened
// meanwhile: a late result is recorded.
func (r *Runs) Close(ctx context.Context, ref execution.Ref, seq int, c execution.Closing) (execution.Control, error) {
	var e expression
	e.If("begins_with(cl.#s, :token)")
	e.value(":token", str(c.Token+"|"))
	e.Name("#s", seqName("", seq))
	e.Remove("cl.#s")
	var records []execution.Record
	if c.Retry != nil {
		e.SetRaw("rt.#s = :retry")
		e.value(":retry", packRetry(*c.Retry))
	}
	if c.Record != nil {
		records = []execution.Record{*c.Record}
		e.Remove("rt.#s")
		e.Add("cv", 1)
		e.Add("co", c.Record.Run.CostMicro)
		switch {
		case c.Done > 0:
			e.Set("nd", num(int64(c.Done)))
		case c.First:
			e.Add("nd", 1)
		}
		if u := c.Record.Run.Usage; u != nil {
			e.Add("tk", u.Total)
		}
	}
	var control execution.Control
	var err error
	if c.Partial != nil {
		e.Add("pt", 1)
		control, err = r.writePartial(ctx, ref, e, c.Partial)
	} else {
		control, err = r.write(ctx, ref, e, records)
	}
	if !errors.Is(err, execution.ErrSuperseded) {
		return control, err
	}
	return control, r.closedByUs(ctx, ref, seq, c)
}

// closedByUs finds out whether a close that found no claim was done before by
// the same token, its answer lost: then the record is there.
func (r *Runs) closedByUs(ctx context.Context, ref execution.Ref, seq int, c execution.Closing) error {
	if c.Record == nil {
		return execution.ErrSuperseded
	}
	item, err := r.get(ctx, runKey(ref.Tenant, ref.ID, seq))
	if err != nil {
		return err
	}
	records, err := r.decodeRecords(ctx, item)
	if err != nil {
		return err
	}
	own := func(rec execution.Record) bool { return rec.Token == c.Token }
	if slices.ContainsFunc(records, own) {
		return nil
	}
	return execution.ErrSuperseded
}

// Drop removes a dead claim and notes the attempt, so that the next one can be
// claimed. A late result that closed it meanwhile is no error.
func (r *Runs) Drop(ctx context.Context, g execution.Guard, seq int, token string, p execution.Pending) (execution.Control, error) {
	e := guarded(g)
	e.Name("#s", seqName("", seq))
	e.SetRaw("rt.#s = :retry")
	e.value(":retry", packRetry(p))
	if token == "" {
		e.If("attribute_not_exists(cl.#s)")
	} else {
		e.If("begins_with(cl.#s, :token)")
		e.value(":token", str(token+"|"))
		e.Remove("cl.#s")
	}
	c, err := r.change(ctx, g.Ref, e)
	if errors.Is(err, execution.ErrSuperseded) && c.Generation == g.Generation && c.Claims[seq].Token != token {
		return c, nil
	}
	return c, err
}

// Records returns the node run records from sequence number from on: those on
// the control item and those beside it.
func (r *Runs) Records(ctx context.Context, c execution.Control, from int) ([]execution.Record, error) {
	if from == execution.LastRecord {
		return r.lastRecord(ctx, c)
	}
	var out []execution.Record
	for seq, blob := range c.Segments {
		if seq < from {
			continue
		}
		records, err := decodeBlob(blob)
		if err != nil {
			return nil, err
		}
		out = append(out, records...)
	}
	if someBeside(c) {
		beside, err := r.recordsBeside(ctx, c.Ref, from)
		if err != nil {
			return nil, err
		}
		out = append(out, beside...)
	}
	slices.SortStableFunc(out, func(a, b execution.Record) int { return a.Seq - b.Seq })
	return out, nil
}

// someBeside reports whether records may lie beside the control item: each segment that
// was written counted, and those on it are here.
func someBeside(c execution.Control) bool { return c.Next == 0 || len(c.Segments) < c.Next }

func recordsQuery(table *string, ref execution.Ref, from int) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName: table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: attrs{
			":pk":   str(executionPK(ref.Tenant, ref.ID)),
			":from": str(runKey(ref.Tenant, ref.ID, from).sk), ":to": str(runPrefix + "~"),
		},
	}
}

func (r *Runs) recordsBeside(ctx context.Context, ref execution.Ref, from int) ([]execution.Record, error) {
	var out []execution.Record
	pages := dynamodb.NewQueryPaginator(r.db, recordsQuery(r.table, ref, from))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, item := range page.Items {
			records, err := r.decodeRecords(ctx, item)
			if err != nil {
				return nil, err
			}
			out = append(out, records...)
		}
	}
	return out, nil
}

// lastRecord is the record with the highest sequence number, in a list that is empty
// if there is none.
func (r *Runs) lastRecord(ctx context.Context, c execution.Control) ([]execution.Record, error) {
	var out []execution.Record
	if len(c.Segments) > 0 {
		b, err := unpack(c.Segments[slices.Max(slices.Collect(maps.Keys(c.Segments)))])
		if err != nil {
			return nil, err
		}
		if out, err = parseLast(b); err != nil {
			return nil, err
		}
	}
	if !someBeside(c) {
		return out, nil
	}
	query := recordsQuery(r.table, c.Ref, 0)
	query.ScanIndexForward, query.Limit = aws.Bool(false), aws.Int32(1)
	found, err := r.db.Query(ctx, query)
	if err != nil {
		return nil, unavailable(err)
	}
	for _, item := range found.Items {
		b, err := r.payload(ctx, item)
		if err != nil {
			return nil, err
		}
		beside, err := parseLast(b)
		if err != nil {
			return nil, err
		}
		out = append(out, beside...)
	}
	slices.SortFunc(out, func(a, b execution.Record) int { return b.Seq - a.Seq })
	return out[:min(len(out), 1)], nil
}
