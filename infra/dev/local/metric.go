package local

import (
	"log/slog"

	"github.com/automatelanka/automatelanka/infra/localcloud/cloudwatch"
	"github.com/automatelanka/automatelanka/internal/telemetry"
)

// meter counts what a deployed function would log for CloudWatch to count. Writing
// each line only to read it again took a tenth of a run's CPU.
func meter(count func(...cloudwatch.Value)) slog.Handler {
	return telemetry.NewMeter(slog.LevelInfo, func(found []telemetry.Measured) {
		values := make([]cloudwatch.Value, len(found))
		for i, m := range found {
			of := cloudwatch.Metric{Namespace: m.Namespace, Name: m.Name, Dimension: m.Dimension, Value: m.Of}
			values[i] = cloudwatch.Value{Metric: of, Value: m.Value}
		}
		count(values...)
	})
}
