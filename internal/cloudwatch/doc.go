// Package cloudwatch reads the stack's dashboard from CloudWatch: its widgets as
// the template defined them, and their figures. So what operators see in the
// console and under /api/admin/metrics is the dashboard, whatever stands on it.
//
// A figure read costs $0.01 per 1,000 metrics (CloudWatch pricing), about $0.001 for
// the whole dashboard; therefore an answer serves a function instance for a while.
package cloudwatch
