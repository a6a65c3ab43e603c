package oversight

import (
	"context"
	"time"
)

// Metric is a figure that is written over time, with its one dimension.
type Metric struct{ Namespace, Name, Dimension, Value string }

// Point is a figure of the period that begins at a time.
type Point struct {
	At    time.Time
	Value float64
}

// Line is one line of a widget, its points from the oldest on. Periods without
// values have no point.
type Line struct {
	Metric Metric
	Label  string
	Points []Point
}

// Widget is one figure of the dashboard over time.
type Widget struct {
	Title   string // with the unit in parentheses
	Stat    string // Sum, Average, Maximum, p95: of each period
	Period  time.Duration
	Stacked bool
	Series  []Line
}

// Dashboard has the figures that are written over time.
type Dashboard interface {
	// Widgets reads all of them, over the last span.
	Widgets(ctx context.Context, span time.Duration) ([]Widget, error)
}
