package localcloud

import (
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/cloudwatch"
)

// functionEnded reports an invocation as Lambda does: a count for each, and whether
// it failed as a sum of zeros and ones.
func (c *Cloud) functionEnded(function string, took time.Duration, failed bool) {
	errors := 0.0
	if failed {
		errors = 1
	}
	c.metrics.Put(
		ofFunction("Invocations", function, 1), ofFunction("Errors", function, errors), ofFunction("Throttles", function, 0),
		ofFunction("Duration", function, float64(took.Microseconds())/1000),
	)
}

func (c *Cloud) functionThrottled(function string) {
	c.metrics.Put(ofFunction("Throttles", function, 1))
}

func ofFunction(name, function string, v float64) cloudwatch.Value {
	return cloudwatch.Value{Metric: cloudwatch.Metric{Namespace: "AWS/Lambda", Name: name, Dimension: "FunctionName", Value: function}, Value: v}
}

// queueMetrics reads the queues, as SQS reports them once a minute.
func (c *Cloud) queueMetrics() []cloudwatch.Value {
	var out []cloudwatch.Value
	now := c.opts.Clock.Now()
	for _, q := range c.stack.Queues {
		stats, ok := c.queues.Stats(q.Name)
		if !ok {
			continue // the cloud is being built
		}
		age := 0.0
		if !stats.Oldest.IsZero() {
			age = max(0, now.Sub(stats.Oldest).Seconds())
		}
		for name, v := range map[string]float64{
			"ApproximateNumberOfMessagesVisible":    float64(stats.Visible),
			"ApproximateNumberOfMessagesNotVisible": float64(stats.InFlight),
			"ApproximateNumberOfMessagesDelayed":    float64(stats.Delayed),
			"ApproximateAgeOfOldestMessage":         age,
		} {
			out = append(out, cloudwatch.Value{Metric: cloudwatch.Metric{Namespace: "AWS/SQS", Name: name, Dimension: "QueueName", Value: q.Name}, Value: v})
		}
	}
	return out
}
