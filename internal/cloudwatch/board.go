package cloudwatch

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/oversight"
)

// Client is the part of the CloudWatch client that is used.
type Client interface {
	GetDashboard(context.Context, *cloudwatch.GetDashboardInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetDashboardOutput, error)
	GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error)
}

const (
	// remembered is for how long an answer serves. New figures come once a minute.
	remembered = time.Minute
	// wide is the span beyond which figures are asked for at coarse at least: three
	// hours by the minute are 180 points a line.
	wide   = 3 * time.Hour
	coarse = 5 * time.Minute
	// atOnce is how many calls go out together (CloudWatch allows 50 a second).
	atOnce = 4
)

// Board reads one dashboard. It implements oversight.Dashboard.
type Board struct {
	Client Client
	Name   string
	Clock  clock.Clock

	mu    sync.Mutex
	known map[time.Duration]answer
}

type answer struct {
	at      time.Time
	widgets []oversight.Widget
}

var _ oversight.Dashboard = (*Board)(nil)

// Widgets reads the dashboard's figures of the last span.
func (b *Board) Widgets(ctx context.Context, span time.Duration) ([]oversight.Widget, error) {
	now := b.Clock.Now()
	b.mu.Lock()
	old, ok := b.known[span]
	b.mu.Unlock()
	if ok && now.Sub(old.at) < remembered {
		return old.widgets, nil
	}
	widgets, err := b.read(ctx, now, span)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The dashboard's figures could not be read; try again.")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil {
		b.known = map[time.Duration]answer{}
	}
	b.known[span] = answer{now, widgets}
	return widgets, nil
}

func (b *Board) read(ctx context.Context, now time.Time, span time.Duration) ([]oversight.Widget, error) {
	board, err := b.Client.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &b.Name})
	if err != nil {
		return nil, err
	}
	all, err := parse(aws.ToString(board.DashboardBody))
	if err != nil {
		return nil, err
	}
	// The minute that runs now is not whole, and is in the answer all the same.
	end := now.Truncate(time.Minute).Add(time.Minute)
	out := make([]oversight.Widget, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, a := range all {
		g.Go(func() (err error) {
			if span > wide {
				a.Period = max(a.Period, coarse)
			}
			out[i], err = b.fill(ctx, a, end.Add(-max(span, a.Period)), end)
			return err
		})
	}
	return out, g.Wait()
}

// fill asks for a widget's figures.
func (b *Board) fill(ctx context.Context, a asked, since, until time.Time) (oversight.Widget, error) {
	in := &cloudwatch.GetMetricDataInput{StartTime: &since, EndTime: &until, ScanBy: types.ScanByTimestampAscending}
	for i, s := range a.series {
		in.MetricDataQueries = append(in.MetricDataQueries, queryOf(fmt.Sprintf("q%d", i), s, a.Widget))
	}
	out := a.Widget
	at := map[string]int{} // where a line is in out.Series
	for {
		page, err := b.Client.GetMetricData(ctx, in)
		if err != nil {
			return out, err
		}
		for _, r := range page.MetricDataResults {
			var n int
			if _, err := fmt.Sscanf(aws.ToString(r.Id), "q%d", &n); err != nil || n < 0 || n >= len(a.series) {
				return out, fmt.Errorf("CloudWatch answered the unknown query %q", aws.ToString(r.Id))
			}
			key := aws.ToString(r.Id) + " " + aws.ToString(r.Label)
			i, known := at[key]
			if !known {
				i = len(out.Series)
				at[key] = i
				out.Series = append(out.Series, lineOf(a.series[n], aws.ToString(r.Label)))
			}
			for j := range r.Timestamps {
				out.Series[i].Points = append(out.Series[i].Points, oversight.Point{At: r.Timestamps[j], Value: r.Values[j]})
			}
		}
		if page.NextToken == nil {
			return out, nil
		}
		in.NextToken = page.NextToken
	}
}

func lineOf(s series, label string) oversight.Line {
	l := oversight.Line{Metric: s.Metric, Label: label}
	if s.Expression != "" {
		l.Metric.Value = label
	}
	return l
}

func queryOf(id string, s series, w oversight.Widget) types.MetricDataQuery {
	if s.Expression != "" {
		return types.MetricDataQuery{Id: &id, Expression: &s.Expression, Label: &s.Label}
	}
	return types.MetricDataQuery{Id: &id, Label: &s.Label, MetricStat: &types.MetricStat{
		Stat: &w.Stat, Period: aws.Int32(int32(w.Period / time.Second)),
		Metric: &types.Metric{
			Namespace: &s.Metric.Namespace, MetricName: &s.Metric.Name,
			Dimensions: []types.Dimension{{Name: &s.Metric.Dimension, Value: &s.Metric.Value}},
		},
	}}
}
