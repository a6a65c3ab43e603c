package dynamostore

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

var _ usage.Books = (*Ledger)(nil)

// MonthRuns is the number of runs that a month accepted.
func (l *Ledger) MonthRuns(ctx context.Context, t ident.Tenant, period string) (int64, error) {
	item, err := l.month(ctx, t, period)
	return getNum(item, "runs"), err
}

// MonthPlatform is what a month's runs took of the platform itself.
func (l *Ledger) MonthPlatform(ctx context.Context, t ident.Tenant, period string) (int64, error) {
	item, err := l.month(ctx, t, period)
	return getNum(item, "pc"), err
}

// month are the counters of a month: the present ones, or those that were put
// aside when the month was over.
func (l *Ledger) month(ctx context.Context, t ident.Tenant, period string) (attrs, error) {
	item, err := l.get(ctx, countersKey(t))
	if err != nil || getStr(item, "mo") == period {
		return item, err
	}
	return l.get(ctx, monthKey(t, period))
}

// Tokens reads a tenant's budget of a month ("2026-11").
func (l *Ledger) Tokens(ctx context.Context, t ident.Tenant, period string) (usage.TokenMonth, error) {
	item, err := l.get(ctx, tokensKey(t, period))
	return usage.TokenMonth{Used: getNum(item, "us"), Committed: getNum(item, "cm"), CostMicro: getNum(item, "co")}, err
}

// UsageRecords calls fn for each usage record of a tenant's month, until it returns false.
func (l *Ledger) UsageRecords(ctx context.Context, t ident.Tenant, period string, fn func(usage.Record) bool) error {
	prefix := usageKey(t, period, "")
	pages := dynamodb.NewQueryPaginator(l.db, &dynamodb.QueryInput{
		TableName: l.table, KeyConditionExpression: aws.String("pk = :pk AND begins_with(sk, :month)"),
		ExpressionAttributeValues: attrs{":pk": str(prefix.pk), ":month": str(prefix.sk)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return unavailable(err)
		}
		for _, item := range page.Items {
			var rec usage.Record
			if err := json.Unmarshal(getBin(item, "b"), &rec); err != nil {
				return err
			}
			if !fn(rec) {
				return nil
			}
		}
	}
	return nil
}

// Load is what the tenant has running and waiting now.
func (l *Ledger) Load(ctx context.Context, t ident.Tenant) (usage.Load, error) {
	slots, err := l.Slots(ctx, t)
	if err != nil {
		return usage.Load{}, err
	}
	load := usage.Load{Slots: len(slots.Leases)}
	if load.Open, err = l.Open(ctx, t); err != nil || slots.Line == 0 {
		return load, err
	}
	pages := dynamodb.NewQueryPaginator(l.db, &dynamodb.QueryInput{
		TableName: l.table, ConsistentRead: aws.Bool(true), Select: types.SelectCount,
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :line)"),
		ExpressionAttributeValues: attrs{":pk": str(tenantPK(t)), ":line": str(linePrefix)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return load, unavailable(err)
		}
		load.Parked += int(page.Count)
	}
	return load, nil
}

// UsagePage lists the calls of a month, newest first; a cursor is a record's id.
func (l *Ledger) UsagePage(ctx context.Context, t ident.Tenant, period string, p tenant.Paging) ([]usage.Record, string, error) {
	low := usageKey(t, period, "")
	high := low.sk + endOfText
	if p.Cursor != "" {
		high = low.sk + p.Cursor
	}
	out, err := l.db.Query(ctx, &dynamodb.QueryInput{
		TableName: l.table, ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(p.Limit) + 2),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :lo AND :hi"),
		ExpressionAttributeValues: attrs{":pk": str(low.pk), ":lo": str(low.sk), ":hi": str(high)},
	})
	if err != nil {
		return nil, "", unavailable(err)
	}
	var page []usage.Record
	for _, item := range out.Items {
		if strings.TrimPrefix(getStr(item, attrSK), low.sk) == p.Cursor {
			continue
		}
		if len(page) == p.Limit {
			return page, page[p.Limit-1].ID, nil
		}
		var rec usage.Record
		if err := json.Unmarshal(getBin(item, "b"), &rec); err != nil {
			return nil, "", err
		}
		page = append(page, rec)
	}
	return page, "", nil
}

// AllUsage lists the calls of all months, in their order; a cursor is month and
// id of a record ("2026-11#rsv_…").
func (l *Ledger) AllUsage(ctx context.Context, t ident.Tenant, p tenant.Paging) ([]usage.Record, string, error) {
	out, err := l.db.Query(ctx, &dynamodb.QueryInput{
		TableName: l.table, Limit: aws.Int32(int32(p.Limit) + 1),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :lo AND :hi"),
		ExpressionAttributeValues: attrs{":pk": str(tenantPK(t) + "#AI"), ":lo": str(usagePrefix + p.Cursor), ":hi": str(usagePrefix + endOfText)},
	})
	if err != nil {
		return nil, "", unavailable(err)
	}
	var page []usage.Record
	for _, item := range out.Items {
		at := strings.TrimPrefix(getStr(item, attrSK), usagePrefix)
		if at == p.Cursor {
			continue
		}
		var rec usage.Record
		if err := json.Unmarshal(getBin(item, "b"), &rec); err != nil {
			return nil, "", err
		}
		page = append(page, rec)
		if len(page) == p.Limit {
			return page, at, nil
		}
	}
	return page, "", nil
}

// Note keeps a record of something that changed nothing in the catalogue.
func (c *Catalog) Note(ctx context.Context, a tenant.Audit) error {
	return c.commit(ctx, auditWrite(a))
}
