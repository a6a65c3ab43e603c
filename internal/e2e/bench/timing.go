package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

type result struct{ rate, p50, p99 float64 }

// timings reads when each run was accepted and when it had ended, as the
// platform noted it.
func (b *bench) timings(ctx context.Context, id string, jobs []string) (result, error) {
	want := map[string]bool{}
	for _, j := range jobs {
		want[j] = true
	}
	var took []float64
	var first, last time.Time
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				ID                   string
				QueuedAt, FinishedAt time.Time
			}
			NextCursor string
		}
		if err := b.client.Call(ctx, http.MethodGet, "/api/executions?limit=100&workflowId="+id+"&cursor="+cursor, nil, &page); err != nil {
			return result{}, err
		}
		for _, e := range page.Items {
			if !want[e.ID] {
				continue
			}
			took = append(took, float64(e.FinishedAt.Sub(e.QueuedAt).Microseconds())/1000)
			if first.IsZero() || e.QueuedAt.Before(first) {
				first = e.QueuedAt
			}
			if e.FinishedAt.After(last) {
				last = e.FinishedAt
			}
		}
		if cursor = page.NextCursor; cursor == "" || len(took) == len(jobs) {
			break
		}
	}
	if len(took) != len(jobs) {
		return result{}, fmt.Errorf("%d of %d runs are listed", len(took), len(jobs))
	}
	slices.Sort(took)
	at := func(q float64) float64 { return took[int(q*float64(len(took)-1))] }
	return result{float64(len(took)) / last.Sub(first).Seconds(), at(0.5), at(0.99)}, nil
}
