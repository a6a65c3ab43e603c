package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Measured is one value of a metric.
type Measured struct {
	Namespace string
	Metric
	Of    string // the dimension's value; "" for a metric without one
	Value float64
}

// NewMeter returns a handler that hands the metrics of each record to count and
// drops the rest: the same metrics that CloudWatch reads in the lines of
// NewJSONHandler, where nobody reads the lines. Records below level are dropped.
func NewMeter(level slog.Level, count func([]Measured)) slog.Handler {
	return &meter{level: level, count: count}
}

type meter struct {
	level slog.Level
	count func([]Measured)
	with  []slog.Attr
}

func (m *meter) Enabled(_ context.Context, l slog.Level) bool { return l >= m.level }

func (m *meter) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *m
	next.with = slices.Concat(m.with, attrs)
	return &next
}

// WithGroup drops everything: CloudWatch looks for metrics in no group.
func (m *meter) WithGroup(string) slog.Handler { return slog.DiscardHandler }

func (m *meter) Handle(_ context.Context, r slog.Record) error {
	about, ok := m.find(&r, metricKey)
	if !ok {
		return nil
	}
	e, ok := about.Any().(*emf)
	if !ok {
		return fmt.Errorf("%s is no metadata of metrics", metricKey)
	}
	found := make([]Measured, 0, 4)
	for _, s := range e.sets {
		of := ""
		if s.dimension != "" {
			v, ok := m.find(&r, s.dimension)
			if !ok {
				return fmt.Errorf("the dimension %s has no value", s.dimension)
			}
			of = Redact(v.String())
		}
		for _, x := range s.metrics {
			v, _ := m.find(&r, x.name)
			n, err := numberOf(v)
			if err != nil {
				return fmt.Errorf("the metric %s: %w", x.name, err)
			}
			found = append(found, Measured{e.namespace, Metric{x.name, s.dimension}, of, n})
		}
	}
	m.count(found)
	return nil
}

// find returns the record's attribute of that name, or the handler's.
func (m *meter) find(r *slog.Record, name string) (v slog.Value, ok bool) {
	r.Attrs(func(a slog.Attr) bool {
		if ok = a.Key == name; ok {
			v = a.Value.Resolve()
		}
		return !ok
	})
	for i := 0; i < len(m.with) && !ok; i++ {
		if ok = m.with[i].Key == name; ok {
			v = m.with[i].Value.Resolve()
		}
	}
	return v, ok
}

// number is a value that is written as a number.
type number interface{ number() float64 }

func (u usd) number() float64 { return float64(u) / 1_000_000 }

func (m ms) number() float64 { return float64(time.Duration(m).Microseconds()) / 1000 }

func numberOf(v slog.Value) (float64, error) {
	switch v.Kind() {
	case slog.KindInt64:
		return float64(v.Int64()), nil
	case slog.KindFloat64:
		return v.Float64(), nil
	}
	if n, ok := v.Any().(number); ok {
		return n.number(), nil
	}
	return 0, fmt.Errorf("%s is no number", v)
}
