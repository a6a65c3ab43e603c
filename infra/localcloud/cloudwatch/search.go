package cloudwatch

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// query is what one MetricDataQuery asks for.
type query struct {
	id, label, stat string
	period          time.Duration
	metrics         []Metric
}

// searched is SEARCH('{Namespace,Dimension} MetricName="name" "text"', 'Stat', seconds)
// (CloudWatch, search expression syntax); the namespace stands in quotes where it has
// more than letters, digits and slashes.
var searched = regexp.MustCompile(`^SEARCH\('\{"?([^,{}'"]+)"?,([^,{}']+)\} MetricName="([^"']+)"((?: "[^"']+")*)', '([^']+)', (\d+)\)$`)

// search finds the metrics of an expression, ordered by their dimension.
func (s *Service) search(expression string) (query, error) {
	m := searched.FindStringSubmatch(expression)
	if m == nil {
		return query{}, wire.Unsupported("the expression " + expression)
	}
	q := query{stat: m[5]}
	seconds, err := strconv.Atoi(m[6])
	if err != nil {
		return q, validation("the period of " + expression + " is no number")
	}
	q.period = time.Duration(seconds) * time.Second
	texts := strings.FieldsFunc(m[4], func(r rune) bool { return r == '"' || r == ' ' })
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.all {
		if x.Namespace == m[1] && x.Dimension == m[2] && x.Name == m[3] && hasAll(x.Value, texts) {
			q.metrics = append(q.metrics, x)
		}
	}
	slices.SortFunc(q.metrics, func(a, b Metric) int { return strings.Compare(a.Value, b.Value) })
	return q, nil
}

func hasAll(value string, texts []string) bool {
	for _, t := range texts {
		if !strings.Contains(strings.ToLower(value), strings.ToLower(t)) {
			return false
		}
	}
	return true
}

// statistic gives a statistic of a bucket; false if there is none of that name.
func statistic(b *bucket, stat string) (float64, bool) {
	switch stat {
	case "Sum":
		return b.Sum, true
	case "Average":
		return b.Sum / float64(b.Count), true
	case "Minimum":
		return b.Min, true
	case "Maximum":
		return b.Max, true
	case "SampleCount":
		return float64(b.Count), true
	}
	if p, err := strconv.ParseFloat(strings.TrimPrefix(stat, "p"), 64); err == nil && stat[0] == 'p' && p >= 0 && p <= 100 {
		return b.percentile(p / 100), true
	}
	return 0, false
}

// point is one figure of an answer.
type point struct {
	at    time.Time
	value float64
}

// points are a metric's figures from a time to another, oldest first. Periods begin
// at multiples of themselves, as CloudWatch's do; one without values is left out.
func (s *Service) points(m Metric, q query, from, to time.Time) ([]point, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	step := int64(q.period / time.Minute)
	var out []point
	for minute := minuteOf(from) / step * step; minute*60 < to.Unix(); minute += step {
		b := s.all[m].sum(minute, minute+step)
		if b == nil {
			continue
		}
		v, ok := statistic(b, q.stat)
		if !ok {
			return nil, wire.Unsupported("the statistic " + q.stat)
		}
		out = append(out, point{time.Unix(minute*60, 0).UTC(), v})
	}
	return out, nil
}

func validation(message string) error { return wire.Errorf("ValidationError", "%s", message) }
