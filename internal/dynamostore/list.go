package dynamostore

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// List reads a tenant's executions, newest first. Ids sort by time, so the times
// are bounds of the key; workflow and status are filtered while reading.
func (r *Runs) List(ctx context.Context, t ident.Tenant, f execution.Filter) (execution.Page, error) {
	from, to := lowerBound(f.Since), upperBound(f)
	if from > to {
		return execution.Page{}, nil // the database refuses a range that holds nothing
	}
	q := &dynamodb.QueryInput{
		TableName: r.table, ScanIndexForward: aws.Bool(false), ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: attrs{
			":pk": str(tenantPK(t)), ":from": str(executionPrefix + from), ":to": str(executionPrefix + to),
		},
	}
	var conds []string
	if f.WorkflowID != "" {
		conds = append(conds, "wf = :wf")
		q.ExpressionAttributeValues[":wf"] = str(string(f.WorkflowID))
	}
	if f.Status != "" {
		conds = append(conds, "st = :st")
		q.ExpressionAttributeValues[":st"] = str(string(f.Status))
	}
	if len(conds) > 0 {
		q.FilterExpression = aws.String(strings.Join(conds, " AND "))
	} else {
		q.Limit = aws.Int32(int32(f.Limit + 2)) // one more tells that there is a next page, one may be the cursor
	}
	return r.page(ctx, q, f)
}

// page reads until the page is full. The cursor is the last execution's id.
func (r *Runs) page(ctx context.Context, q *dynamodb.QueryInput, f execution.Filter) (execution.Page, error) {
	var page execution.Page
	pages := dynamodb.NewQueryPaginator(r.db, q)
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return page, unavailable(err)
		}
		for _, item := range out.Items {
			c := decodeControl(item)
			if string(c.ID) == f.Cursor {
				continue
			}
			if len(page.Items) == f.Limit {
				page.Next = string(page.Items[f.Limit-1].ID)
				return page, nil
			}
			page.Items = append(page.Items, c)
		}
	}
	return page, nil
}

func lowerBound(since time.Time) string {
	if since.IsZero() {
		return ident.PrefixExecution
	}
	return ident.Floor(ident.PrefixExecution, since)
}

func upperBound(f execution.Filter) string {
	upper := ident.PrefixExecution + "_~"
	if !f.Until.IsZero() {
		upper = ident.Floor(ident.PrefixExecution, f.Until)
	}
	if f.Cursor != "" && f.Cursor < upper {
		upper = f.Cursor
	}
	return upper
}

// Shards is the number of partitions of the open index.
func (r *Runs) Shards() int { return openShards }

// Due lists open executions that are due before a time, from one shard of the
// open index. The index may be a moment behind: who acts reads the control item.
func (r *Runs) Due(ctx context.Context, shard int, before time.Time, cursor string) ([]execution.Ref, string, error) {
	q := &dynamodb.QueryInput{
		TableName: r.table, IndexName: aws.String(indexOpen), Limit: aws.Int32(200),
		KeyConditionExpression:    aws.String("os = :os AND du < :before"),
		ExpressionAttributeValues: attrs{":os": str(seqName("OPEN#", shard)), ":before": num(millis(before))},
		ExclusiveStartKey:         decodeCursor(cursor),
	}
	out, err := r.db.Query(ctx, q)
	if err != nil {
		return nil, "", unavailable(err)
	}
	var refs []execution.Ref
	for _, item := range out.Items {
		id, ok := strings.CutPrefix(getStr(item, attrSK), executionPrefix)
		if !ok {
			continue
		}
		refs = append(refs, execution.Ref{
			Tenant: ident.Tenant(strings.TrimPrefix(getStr(item, attrPK), "T#")), ID: ident.Execution(id),
		})
	}
	return refs, encodeCursor(out.LastEvaluatedKey), nil
}

// lineShard lists the lines of tenants in the open index, apart from executions.
func lineShard(t ident.Tenant) string { return "LINES" + openShard(string(t))[len("OPEN"):] }

// Lined lists tenants whose line is not empty.
func (r *Runs) Lined(ctx context.Context, shard int, cursor string) ([]ident.Tenant, string, error) {
	out, err := r.db.Query(ctx, &dynamodb.QueryInput{
		TableName: r.table, IndexName: aws.String(indexOpen), Limit: aws.Int32(200),
		KeyConditionExpression:    aws.String("os = :os"),
		ExpressionAttributeValues: attrs{":os": str(seqName("LINES#", shard))},
		ExclusiveStartKey:         decodeCursor(cursor),
	})
	if err != nil {
		return nil, "", unavailable(err)
	}
	tenants := make([]ident.Tenant, 0, len(out.Items))
	for _, item := range out.Items {
		tenants = append(tenants, ident.Tenant(strings.TrimPrefix(getStr(item, attrPK), tenantPK(""))))
	}
	return tenants, encodeCursor(out.LastEvaluatedKey), nil
}

// encodeCursor packs the key from which an index is read on.
func encodeCursor(key attrs) string {
	if len(key) == 0 {
		return ""
	}
	due := ""
	if n, ok := key[attrDue].(*types.AttributeValueMemberN); ok {
		due = n.Value
	}
	return strings.Join([]string{getStr(key, attrPK), getStr(key, attrSK), getStr(key, attrOpen), due}, "\n")
}

func decodeCursor(cursor string) attrs {
	p := strings.Split(cursor, "\n")
	if len(p) != 4 {
		return nil
	}
	return attrs{attrPK: str(p[0]), attrSK: str(p[1]), attrOpen: str(p[2]), attrDue: &types.AttributeValueMemberN{Value: p[3]}}
}
