package telemetry

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Namespace is what the CloudWatch namespaces of all metrics begin with: a stack's is
// followed by a slash and the stack's name.
const Namespace = "AutomateLanka"

// metricKey is the member in which CloudWatch looks for metrics.
const metricKey = "_aws"

// Unit is a CloudWatch metric unit.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
	Percent      Unit = "Percent"
	NoUnit       Unit = "None" // dollars
)

// metric says that the line's member of this name is a metric's value.
type metric struct {
	name string
	unit Unit
}

// metricSet are metrics with one dimension.
type metricSet struct {
	dimension string // the line's member that is the dimension; "" for none
	metrics   []metric
}

// emf is the metadata that makes a log line carry metrics, in CloudWatch's
// embedded metric format. The values and dimensions are members of the line.
type emf struct {
	at        time.Time
	namespace string
	sets      []metricSet
}

func (e *emf) appendJSON(b []byte) []byte {
	b = append(b, `{"Timestamp":`...)
	b = strconv.AppendInt(b, e.at.UnixMilli(), 10)
	b = append(b, `,"CloudWatchMetrics":[`...)
	for i, s := range e.sets {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.appendJSON(b, e.namespace)
	}
	return append(b, `]}`...)
}

func (s metricSet) appendJSON(b []byte, namespace string) []byte {
	b = append(b, `{"Namespace":`...)
	b = value.AppendString(b, namespace)
	b = append(b, `,"Dimensions":[[`...)
	if s.dimension != "" {
		b = value.AppendString(b, s.dimension)
	}
	b = append(b, `]],"Metrics":[`...)
	for i, m := range s.metrics {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"Name":"`...), m.name...)
		b = append(append(b, `","Unit":"`...), m.unit...)
		b = append(b, `"}`...)
	}
	return append(b, `]}`...)
}

// MarshalJSON makes emf readable for handlers other than ours.
func (e *emf) MarshalJSON() ([]byte, error) { return e.appendJSON(nil), nil }

// usd is an amount in millionths of a US dollar, written as a decimal number
// with six places.
type usd int64

func (u usd) appendJSON(b []byte) []byte { return appendUSD(b, int64(u)) }

func (u usd) String() string { return string(appendUSD(nil, int64(u))) }

// MarshalJSON makes usd readable for handlers other than ours.
func (u usd) MarshalJSON() ([]byte, error) { return appendUSD(nil, int64(u)), nil }

func appendUSD(b []byte, micro int64) []byte {
	if micro < 0 {
		b, micro = append(b, '-'), -micro
	}
	b = strconv.AppendInt(b, micro/1_000_000, 10)
	b = append(b, '.')
	frac := strconv.FormatInt(1_000_000+micro%1_000_000, 10)
	return append(b, frac[1:]...)
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

// ms is a duration, written as a number of milliseconds with microseconds as
// its decimals: pure nodes take less than one.
type ms time.Duration

func (m ms) appendJSON(b []byte) []byte {
	return value.Append(b, m.number())
}

func (m ms) String() string { return time.Duration(m).String() }

// MarshalJSON makes ms readable for handlers other than ours.
func (m ms) MarshalJSON() ([]byte, error) { return m.appendJSON(nil), nil }

func millis(key string, d time.Duration) slog.Attr { return slog.Any(key, ms(d)) }

// Metric names a metric with the dimension that it has.
type Metric struct{ Name, Dimension string }

// Metrics are all metrics that are emitted: dashboards and alarms may read these.
func Metrics() []Metric {
	var all []Metric
	for _, sets := range [][]metricSet{nodeMetrics, failedNodeMetrics, startMetrics, failMetrics, slotMetrics, repairMetrics, coldMetrics} {
		for _, s := range sets {
			for _, m := range s.metrics {
				all = append(all, Metric{m.name, s.dimension})
			}
		}
	}
	return all
}
