package dynamostore

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Announce says that files of an execution will be stored before the execution is
// there. Should it never come, retention finds them by this.
func (r *Runs) Announce(ctx context.Context, ref execution.Ref) error {
	_, err := r.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: r.table, Item: unbornKey(ref, r.clock.Now()).attrs()})
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// DropUnborn forgets what was announced before a time; the files of executions that
// never came go first, so that a crash leaves the mark.
func (a *Attic) DropUnborn(ctx context.Context, t ident.Tenant, before time.Time, more func() bool) (int, error) {
	dropped := 0
	pages := dynamodb.NewQueryPaginator(a.Runs.db, &dynamodb.QueryInput{
		TableName: a.Runs.table, KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ProjectionExpression: aws.String("pk, sk"),
		ExpressionAttributeValues: attrs{
			":pk": str(tenantPK(t)), ":from": str(unbornPrefix), ":to": str(unbornPrefix + before.UTC().Format(sortTime)),
		},
	})
	for pages.HasMorePages() && more() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return dropped, unavailable(err)
		}
		var done []attrs
		for _, mark := range page.Items {
			if !more() {
				break
			}
			never, err := a.dropIfUnborn(ctx, t, getStr(mark, attrSK))
			if err != nil {
				return dropped, err
			}
			if never {
				dropped++
			}
			done = append(done, mark)
		}
		if err := a.deleteAll(ctx, a.Runs.table, done); err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

// dropIfUnborn removes the files of an execution if it is not there.
func (a *Attic) dropIfUnborn(ctx context.Context, t ident.Tenant, mark string) (bool, error) {
	_, id, _ := strings.Cut(strings.TrimPrefix(mark, unbornPrefix), "#")
	ref := execution.Ref{Tenant: t, ID: ident.Execution(id)}
	if item, err := a.Runs.get(ctx, executionKey(t, ref.ID)); err != nil || item != nil {
		return false, err
	}
	for _, prefix := range executionFiles(ref) {
		if err := a.deleteFiles(ctx, prefix); err != nil {
			return false, err
		}
	}
	return true, nil
}
