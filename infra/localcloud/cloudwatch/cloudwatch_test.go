package cloudwatch_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/cloudwatch"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
)

var start = time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)

// world is a service behind the real SDK client.
type world struct {
	*testing.T
	*cloudwatch.Service
	clock  *clock.Manual
	store  kv.Store
	client *sdk.Client
	depth  float64 // what sampling reads
	lost   []error
}

func setup(t *testing.T) *world {
	t.Helper()
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{T: t, clock: clock.NewManual(start), store: store}
	w.open()
	return w
}

func (w *world) open() {
	w.Helper()
	var err error
	w.Service, err = cloudwatch.New(cloudwatch.Options{
		Store: w.store, Clock: w.clock, Meter: &meter.Meter{}, Failed: func(err error) { w.lost = append(w.lost, err) },
		Sample: func() []cloudwatch.Value { return []cloudwatch.Value{{Metric: queue, Value: w.depth}} },
	})
	if err != nil {
		w.Fatal(err)
	}
	server := httptest.NewServer(w.Service)
	w.Cleanup(server.Close)
	w.client = sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""), HTTPClient: http.DefaultClient,
	})
}

var queue = cloudwatch.Metric{Namespace: "AWS/SQS", Name: "Visible", Dimension: "QueueName", Value: "q"}

func ask(m cloudwatch.Metric, stat string, period int32) types.MetricDataQuery {
	return types.MetricDataQuery{Id: aws.String("q1"), MetricStat: &types.MetricStat{
		Stat: &stat, Period: &period,
		Metric: &types.Metric{Namespace: &m.Namespace, MetricName: &m.Name, Dimensions: []types.Dimension{{Name: &m.Dimension, Value: &m.Value}}},
	}}
}

func (w *world) data(q types.MetricDataQuery) ([]types.MetricDataResult, error) {
	out, err := w.client.GetMetricData(context.Background(), &sdk.GetMetricDataInput{
		StartTime: aws.Time(start.Add(-time.Hour)), EndTime: aws.Time(w.clock.Now().Add(time.Minute)),
		MetricDataQueries: []types.MetricDataQuery{q}, ScanBy: types.ScanByTimestampAscending,
	})
	if err != nil {
		return nil, err
	}
	return out.MetricDataResults, nil
}

// one is the answer to a query for one metric.
func (w *world) one(m cloudwatch.Metric, stat string, period int32) ([]time.Time, []float64) {
	w.Helper()
	r, err := w.data(ask(m, stat, period))
	if err != nil || len(r) != 1 {
		w.Fatalf("%v, %v", r, err)
	}
	return r[0].Timestamps, r[0].Values
}

func TestStatisticsOfAPeriod(t *testing.T) {
	w := setup(t)
	m := cloudwatch.Metric{Namespace: "N", Name: "ms", Dimension: "plan", Value: "PRO"}
	for i := 1; i <= 100; i++ {
		w.Put(cloudwatch.Value{Metric: m, Value: float64(i)})
	}
	w.clock.Advance(3 * time.Minute) // 12:03, in the same period of five minutes
	w.Put(cloudwatch.Value{Metric: m, Value: 0})
	for stat, want := range map[string]float64{"Sum": 5050, "Average": 50, "Minimum": 0, "Maximum": 100, "SampleCount": 101, "p95": 95, "p50": 50} {
		times, values := w.one(m, stat, 300)
		if len(values) != 1 || math.Abs(values[0]-want) > want*0.02 || !times[0].Equal(start.Truncate(5*time.Minute)) {
			t.Errorf("%s: %v at %v, want %v", stat, values, times, want)
		}
	}
	if times, values := w.one(m, "Sum", 60); len(values) != 2 || values[0] != 5050 || times[1].Sub(times[0]) != 3*time.Minute {
		t.Errorf("by the minute: %v %v", times, values)
	}
	if _, err := w.data(ask(m, "IQM", 60)); err == nil {
		t.Error("an unknown statistic was answered")
	}
}

func TestMetricsAreReadFromLogLines(t *testing.T) {
	w := setup(t)
	line := func(code string, n int) {
		fmt.Fprintf(w, `{"timestamp":"x","msg":"m \"_aws\" }","failures":%d,"errorCode":%q,"other":{"a":[1]},`+
			`"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["errorCode"],[]],"Metrics":[{"Name":"failures","Unit":"Count"}]}]}}`+"\n", n, code)
	}
	line("TIMEOUT", 1)
	line("TIMEOUT", 2)
	line("DNS", 4)
	fmt.Fprintln(w, `{"msg":"no metrics"}`)
	if len(w.lost) != 0 {
		t.Fatal(w.lost)
	}
	found, err := w.data(types.MetricDataQuery{
		Id: aws.String("s"), Label: aws.String("${PROP('Dim.errorCode')}"),
		Expression: aws.String(`SEARCH('{N,errorCode} MetricName="failures"', 'Sum', 300)`),
	})
	if err != nil || len(found) != 2 {
		t.Fatalf("%v, %v", found, err)
	}
	for i, want := range []struct {
		label string
		sum   float64
	}{{"DNS", 4}, {"TIMEOUT", 3}} {
		if *found[i].Label != want.label || found[i].Values[0] != want.sum {
			t.Errorf("%d: %s %v, want %v", i, *found[i].Label, found[i].Values, want)
		}
	}
	// The metrics of another stack have a namespace of their own.
	fmt.Fprintln(w, `{"failures":8,"errorCode":"DNS","_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N/stack-b","Dimensions":[["errorCode"]],"Metrics":[{"Name":"failures"}]}]}}`)
	for namespace, want := range map[string]string{`N`: "4", `"N/stack-b"`: "8"} {
		found, err := w.data(types.MetricDataQuery{Id: aws.String("s"), Expression: aws.String(`SEARCH('{` + namespace + `,errorCode} MetricName="failures"', 'Sum', 300)`)})
		if err != nil || len(found) == 0 || fmt.Sprint(found[0].Values) != "["+want+"]" {
			t.Errorf("in %s: %+v, %v; want %s of DNS", namespace, found, err, want)
		}
	}
	if _, values := w.one(cloudwatch.Metric{Namespace: "N", Name: "failures"}, "Sum", 60); fmt.Sprint(values) != "[7]" {
		t.Errorf("over all codes: %v, want 7", values)
	}
	for _, bad := range []string{
		`{"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["gone"]],"Metrics":[]}]}}`,
		`{"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[[]],"Metrics":[{"Name":"gone"}]}]}}`,
		`{"a":1,"b":2,"_aws":{"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["a","b"]],"Metrics":[]}]}}`,
		`{"_aws":`,
	} {
		before := len(w.lost)
		fmt.Fprintln(w, bad)
		if len(w.lost) != before+1 {
			t.Errorf("nobody was told of %s", bad)
		}
	}
}

// TestEveryMinuteIsSampledOnce: queues report nothing by themselves.
func TestEveryMinuteIsSampledOnce(t *testing.T) {
	w := setup(t)
	other := cloudwatch.Value{Metric: cloudwatch.Metric{Namespace: "N", Name: "x"}, Value: 1}
	for minute := range 3 {
		w.depth = float64(minute)
		w.Put(other)
		w.depth = 99
		w.Put(other)
		w.clock.Advance(time.Minute)
	}
	w.depth = 7 // read by the request itself
	if _, values := w.one(queue, "Maximum", 60); fmt.Sprint(values) != "[0 1 2 7]" {
		t.Errorf("%v", values)
	}
}

func TestMetricsSurviveARestartAndADayAtMost(t *testing.T) {
	w := setup(t)
	m := cloudwatch.Metric{Namespace: "N", Name: "x", Dimension: "d", Value: "v"}
	w.Put(cloudwatch.Value{Metric: m, Value: 5})
	w.clock.Advance(time.Minute)
	w.Put(cloudwatch.Value{Metric: m, Value: 6}) // the minute before is written now
	w.open()
	if _, values := w.one(m, "Sum", 60); fmt.Sprint(values) != "[5]" {
		t.Errorf("after a sudden death: %v", values)
	}
	w.Put(cloudwatch.Value{Metric: m, Value: 8})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if _, values := w.one(m, "p50", 300); len(values) != 1 || math.Abs(values[0]-5) > 0.1 {
		t.Errorf("after a clean end: %v", values)
	}
	w.clock.Advance(25 * time.Hour)
	w.Put(cloudwatch.Value{Metric: queue, Value: 1})
	for range 2 {
		if _, values := w.one(m, "Sum", 60); len(values) != 0 {
			t.Errorf("a day later: %v", values)
		}
		w.open()
	}
}

func TestDashboards(t *testing.T) {
	w := setup(t)
	w.AddDashboard("stack", `{"widgets":[]}`)
	out, err := w.client.GetDashboard(t.Context(), &sdk.GetDashboardInput{DashboardName: aws.String("stack")})
	if err != nil || *out.DashboardBody != `{"widgets":[]}` {
		t.Fatalf("%v, %v", out, err)
	}
	_, err = w.client.GetDashboard(t.Context(), &sdk.GetDashboardInput{DashboardName: aws.String("gone")})
	var missing *types.DashboardNotFoundError
	if !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	w := setup(t)
	expression := func(e string) types.MetricDataQuery {
		return types.MetricDataQuery{Id: aws.String("s"), Expression: &e}
	}
	for name, c := range map[string]struct {
		query types.MetricDataQuery
		says  string
	}{
		"math":          {expression("SUM(METRICS())"), "SUM(METRICS())"},
		"period":        {ask(queue, "Sum", 30), "multiple of 60"},
		"id":            {types.MetricDataQuery{Id: aws.String("1"), Expression: aws.String("x")}, "lowercase"},
		"neither":       {types.MetricDataQuery{Id: aws.String("a")}, "either"},
		"another label": {types.MetricDataQuery{Id: aws.String("a"), Label: aws.String("${MAX}"), Expression: aws.String(`SEARCH('{AWS/SQS,QueueName} MetricName="Visible"', 'Sum', 60)`)}, "label"},
		"a member":      {types.MetricDataQuery{Id: aws.String("a"), AccountId: aws.String("1"), Expression: aws.String("x")}, "AccountId"},
	} {
		if _, err := w.data(c.query); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.client.ListMetrics(t.Context(), &sdk.ListMetricsInput{}); err == nil || !strings.Contains(err.Error(), "ListMetrics") {
		t.Errorf("%v", err)
	}
}
