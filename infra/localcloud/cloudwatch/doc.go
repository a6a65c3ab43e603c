// Package cloudwatch is the part of CloudWatch that dashboards stand on: metrics
// come in as log lines in the embedded metric format, as values from functions in
// this process and from the cloud's own services, and GetMetricData and
// GetDashboard give them out.
//
// # What is kept
//
// One bucket per metric and minute: count, sum, extremes, and a histogram whose
// percentiles are within 1 %. Buckets are kept for a day (AWS: 15 days) and written
// to the store once a minute, so that a sudden death loses a minute at most.
//
// # Without timers
//
// Figures that services do not report by themselves (how deep a queue is) are read
// when the first value of a new minute comes in. Functions run every minute, so
// every minute has its sample, and a test's clock drives it all.
//
// # What it refuses
//
// Metrics with more than one dimension, math other than SEARCH over one namespace,
// dimension and metric, and labels other than ${PROP('Dim.NAME')} are errors.
package cloudwatch
