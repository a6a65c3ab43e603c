// Package pricing turns the counts of the local cloud's meter into dollars: what a
// run would have cost on AWS.
package pricing

import (
	"maps"
	"slices"
)

// Prices are dollars for one unit of a count of the meter.
type Prices map[string]float64

// OnDemand are AWS's public prices in us-east-1 for arm64 functions, without the
// free tier, as of 2026-01. Sources: the pricing pages of the services.
var OnDemand = Prices{
	"dynamodb.write_units":          0.625 / 1e6, // on-demand write request unit, half of its price before November 2024
	"dynamodb.read_units":           0.125 / 1e6,
	"dynamodb.stream_read_requests": 0.02 / 1e5,
	"sqs.requests":                  0.40 / 1e6,
	"lambda.requests":               0.20 / 1e6,
	"lambda.gb_seconds":             0.0000133334,
	"states.express_requests":       1.00 / 1e6, // Express
	"states.express_gb_seconds":     0.00001667,
	"states.transitions":            25.0 / 1e6, // Standard
	"apigateway.http_requests":      1.00 / 1e6,
	"apigateway.ws_messages":        1.00 / 1e6,
	"apigateway.ws_minutes":         0.25 / 1e6,
	"s3.put_requests":               5.0 / 1e6,
	"s3.get_requests":               0.4 / 1e6,
	"kms.requests":                  3.0 / 1e6,
	"scheduler.invocations":         1.0 / 1e6,
	"secretsmanager.requests":       5.0 / 1e6,
	"cloudwatch.log_gigabytes":      0.50,
	"dynamodb.storage_gb_months":    0.25,
}

// Line is one position of a bill.
type Line struct {
	Name    string
	Count   float64
	Dollars float64
}

// Bill prices counts, the dearest position first, and returns their sum. Counts
// without a price (operations by name, faults) are left out.
func (p Prices) Bill(counts map[string]float64) (lines []Line, total float64) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		price, ok := p[name]
		if !ok {
			continue
		}
		cost := counts[name] * price
		lines = append(lines, Line{Name: name, Count: counts[name], Dollars: cost})
		total += cost
	}
	slices.SortStableFunc(lines, func(a, b Line) int {
		switch {
		case a.Dollars > b.Dollars:
			return -1
		case a.Dollars < b.Dollars:
			return 1
		}
		return 0
	})
	return lines, total
}

// Since subtracts an earlier snapshot of the meter from a later one.
func Since(later, earlier map[string]float64) map[string]float64 {
	out := make(map[string]float64, len(later))
	for name, n := range later {
		if d := n - earlier[name]; d != 0 {
			out[name] = d
		}
	}
	return out
}
