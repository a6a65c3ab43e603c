package cloudwatch

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// Limits of GetMetricData (CloudWatch API reference).
const (
	maxQueries = 500
	maxPoints  = 100_800
)

// ServeHTTP serves the protocol rpc-v2-cbor: POST /service/NAME/operation/NAME.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := wire.Body(r)
	if err != nil {
		writeError(w, err)
		return
	}
	s.tick() // figures of now are in the answer
	var out cbor.Value
	switch operation := path.Base(r.URL.Path); operation {
	case "GetMetricData":
		out, err = s.getMetricData(body)
	case "GetDashboard":
		out, err = s.getDashboard(body)
	default:
		err = wire.Unsupported("the operation " + operation + " of CloudWatch")
	}
	if err != nil {
		writeError(w, err)
		return
	}
	write(w, http.StatusOK, out)
}

func (s *Service) getDashboard(body []byte) (cbor.Value, error) {
	var in struct{ DashboardName string }
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	s.opts.Meter.Add("cloudwatch.requests", 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.dashboards[in.DashboardName]
	if !ok {
		return nil, &wire.Error{Status: http.StatusNotFound, Type: "DashboardNotFoundError", Message: "Dashboard " + in.DashboardName + " does not exist"}
	}
	return cbor.Map{"DashboardName": cbor.String(in.DashboardName), "DashboardBody": cbor.String(text)}, nil
}

// metricDataQuery is one query, as GetMetricData takes it.
type metricDataQuery struct {
	ID         string `json:"Id"`
	Expression string
	Label      string
	MetricStat *struct {
		Metric struct {
			Namespace, MetricName string
			Dimensions            []struct{ Name, Value string }
		}
		Period int64
		Stat   string
	}
}

// queryID is the form of a query's Id (CloudWatch, MetricDataQuery).
var queryID = regexp.MustCompile(`^[a-z]\w{0,254}$`)

func (s *Service) queryOf(in metricDataQuery) (query, error) {
	var q query
	switch {
	case !queryID.MatchString(in.ID):
		return q, validation("the id " + in.ID + " does not begin with a lowercase letter, or has other characters than letters, digits and _")
	case (in.MetricStat == nil) == (in.Expression == ""):
		return q, validation("a query has either MetricStat or Expression")
	case in.Expression != "":
		var err error
		if q, err = s.search(in.Expression); err != nil {
			return q, err
		}
	default:
		m := in.MetricStat
		if len(m.Metric.Dimensions) > 1 {
			return q, wire.Unsupported("metrics with more than one dimension")
		}
		own := Metric{Namespace: m.Metric.Namespace, Name: m.Metric.MetricName}
		for _, d := range m.Metric.Dimensions {
			own.Dimension, own.Value = d.Name, d.Value
		}
		q.stat, q.period, q.metrics = m.Stat, time.Duration(m.Period)*time.Second, []Metric{own}
	}
	if q.period < time.Minute || q.period%time.Minute != 0 {
		return q, validation("the period must be a multiple of 60 seconds")
	}
	q.id, q.label = in.ID, in.Label
	return q, nil
}

func (s *Service) getMetricData(body []byte) (cbor.Value, error) {
	var in struct {
		StartTime, EndTime float64
		MetricDataQueries  []metricDataQuery
		ScanBy             string
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	from, to := time.Unix(int64(in.StartTime), 0), time.Unix(int64(in.EndTime), 0)
	switch {
	case !from.Before(to):
		return nil, validation("the parameter StartTime must be less than EndTime")
	case len(in.MetricDataQueries) == 0 || len(in.MetricDataQueries) > maxQueries:
		return nil, validation(fmt.Sprintf("there are %d queries; 1 to %d are allowed", len(in.MetricDataQueries), maxQueries))
	case in.ScanBy != "TimestampAscending":
		return nil, wire.Unsupported("other orders than TimestampAscending")
	}
	results, total := cbor.List{}, 0
	for _, one := range in.MetricDataQueries {
		q, err := s.queryOf(one)
		if err != nil {
			return nil, err
		}
		s.opts.Meter.Add("cloudwatch.metrics_requested", float64(max(1, len(q.metrics))))
		for _, m := range q.metrics {
			points, err := s.points(m, q, from, to)
			if err != nil {
				return nil, err
			}
			if total += len(points); total > maxPoints {
				return nil, wire.Unsupported("answers of several pages")
			}
			label, err := labelOf(q.label, m)
			if err != nil {
				return nil, err
			}
			results = append(results, resultOf(q.id, label, points))
		}
	}
	return cbor.Map{"MetricDataResults": results}, nil
}

// labelOf is what a series is called: the query's label, in which ${PROP('Dim.NAME')}
// stands for the dimension, or the metric's name (CloudWatch, dynamic labels).
func labelOf(label string, m Metric) (string, error) {
	if label == "" {
		return m.Name, nil
	}
	label = strings.ReplaceAll(label, "${PROP('Dim."+m.Dimension+"')}", m.Value)
	if strings.Contains(label, "${") {
		return "", wire.Unsupported("the label " + label)
	}
	return label, nil
}

func resultOf(id, label string, points []point) cbor.Value {
	times, values := make(cbor.List, len(points)), make(cbor.List, len(points))
	for i, p := range points {
		times[i], values[i] = timestamp(p.at), cbor.Float64(p.value)
	}
	return cbor.Map{
		"Id": cbor.String(id), "Label": cbor.String(label), "StatusCode": cbor.String("Complete"), "Timestamps": times, "Values": values,
	}
}
