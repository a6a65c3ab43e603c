package dynamostore

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/usage"
)

// Expire counts the reservations as used that nobody closed in time. It returns
// how many there were.
func (l *Ledger) Expire(ctx context.Context) (int, error) {
	n := 0
	for shard := range openShards {
		for {
			open, err := l.dueReservations(ctx, shard)
			if err != nil || len(open) == 0 {
				if err != nil {
					return n, err
				}
				break
			}
			for _, r := range open {
				if err := l.expire(ctx, r); err != nil {
					return n, err
				}
				n++
			}
			if len(open) < expireBatch {
				break
			}
		}
	}
	return n, nil
}

const expireBatch = 100

func (l *Ledger) dueReservations(ctx context.Context, shard int) ([]usage.Reservation, error) {
	out, err := l.db.Query(ctx, &dynamodb.QueryInput{
		TableName: l.table, IndexName: aws.String(indexOpen), Limit: aws.Int32(expireBatch),
		KeyConditionExpression:    aws.String("os = :os AND du < :now"),
		ExpressionAttributeValues: attrs{":os": str(seqName("RSV#", shard)), ":now": num(millis(l.clock.Now()))},
	})
	if err != nil {
		return nil, unavailable(err)
	}
	var open []usage.Reservation
	for _, k := range out.Items {
		item, err := l.get(ctx, key{getStr(k, attrPK), getStr(k, attrSK)}) // the index has keys only, and may be behind
		if err != nil {
			return nil, err
		}
		var r usage.Reservation
		if item == nil || getStr(item, attrState) != reservationOpen {
			continue
		}
		if err := json.Unmarshal(getBin(item, "b"), &r); err != nil {
			return nil, err
		}
		open = append(open, r)
	}
	return open, nil
}

// expire counts an open reservation as used, unconfirmed, at its estimate, until
// a late settle corrects it.
func (l *Ledger) expire(ctx context.Context, r usage.Reservation) error {
	est := r.Estimate
	rec := usage.Record{ID: r.ID, Origin: est.Origin, Usage: est.Usage, Units: est.Units, CostMicro: est.CostMicro, Counted: true, OwnKey: est.OwnKey, At: est.At}
	return l.close(ctx, r, reservationExpired, map[string]change{
		reservationOpen: {used: est.Usage.Total, cost: est.CostMicro},
	}, &rec)
}
