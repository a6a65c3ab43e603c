package cloudwatch

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/oversight"
)

// widget is one widget of a dashboard's body, as far as it concerns figures
// (CloudWatch, dashboard body structure and syntax).
type widget struct {
	Type       string
	Properties struct {
		Title   string
		Stat    string
		Period  int
		Stacked bool
		Metrics [][]json.RawMessage
	}
}

// series is a metric that a widget shows: one with its dimension's value, or all
// that an expression finds.
type series struct {
	Metric     oversight.Metric
	Label      string
	Expression string
}

// asked is a widget with what is to be asked for it.
type asked struct {
	oversight.Widget
	series []series
}

// parse reads a dashboard's body. A widget that it does not understand is an
// error: figures that are silently missing look like figures that are zero.
func parse(body string) ([]asked, error) {
	var doc struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		return nil, fmt.Errorf("the dashboard's body: %w", err)
	}
	var out []asked
	for _, w := range doc.Widgets {
		p := w.Properties
		if w.Type != "metric" {
			return nil, fmt.Errorf("the dashboard has a widget of type %q; only metric is understood", w.Type)
		}
		a := asked{Widget: oversight.Widget{Title: p.Title, Stat: p.Stat, Stacked: p.Stacked, Period: time.Duration(p.Period) * time.Second}}
		for _, m := range p.Metrics {
			one, err := parseSeries(m)
			if err != nil {
				return nil, fmt.Errorf("the dashboard's widget %s: %w", p.Title, err)
			}
			a.series = append(a.series, one)
		}
		out = append(out, a)
	}
	return out, nil
}

// parseSeries reads ["Namespace", "Metric", "Dimension", "value", {options}], or
// [{"expression": …}].
func parseSeries(m []json.RawMessage) (series, error) {
	var texts []string
	var options struct{ Label, Expression string }
	for _, part := range m {
		var text string
		if json.Unmarshal(part, &text) == nil {
			texts = append(texts, text)
			continue
		}
		if err := json.Unmarshal(part, &options); err != nil {
			return series{}, err
		}
	}
	switch {
	case len(texts) == 0 && options.Expression != "":
		return searchSeries(options.Expression)
	case len(texts) != 4:
		return series{}, fmt.Errorf("a metric has %d parts; namespace, name, dimension and value are expected", len(texts))
	}
	label := options.Label
	if label == "" {
		label = texts[3]
	}
	return series{Metric: oversight.Metric{Namespace: texts[0], Name: texts[1], Dimension: texts[2], Value: texts[3]}, Label: label}, nil
}

// searched is a search over one namespace (in quotes where it has more than letters),
// dimension and metric.
var searched = regexp.MustCompile(`^SEARCH\('\{"?([^,{}'"]+)"?,([^,{}']+)\} MetricName="([^"]+)"[^']*', '[^']+', (\d+)\)$`)

func searchSeries(expression string) (series, error) {
	m := searched.FindStringSubmatch(expression)
	if m == nil {
		return series{}, fmt.Errorf("the expression %s is not understood", expression)
	}
	if seconds, err := strconv.Atoi(m[4]); err != nil || seconds%60 != 0 {
		return series{}, fmt.Errorf("the period of %s is no multiple of 60", expression)
	}
	return series{
		Metric: oversight.Metric{Namespace: m[1], Name: m[3], Dimension: m[2]}, Expression: expression,
		Label: "${PROP('Dim." + m[2] + "')}",
	}, nil
}
