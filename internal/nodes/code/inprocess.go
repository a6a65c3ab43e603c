package code

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
)

// InProcess runs code in this process, within the interpreter's limits only. It
// is for tests and tools that run code they trust.
type InProcess struct {
	Memory int64 // bytes; 0 is the interpreter's default
}

// Run implements node.CodeRunner.
func (r InProcess) Run(ctx context.Context, job node.CodeJob) (node.CodeResult, error) {
	var logs printed
	c := newCollector(job)
	p := &program{
		scope: job.Call.Scope(), source: job.Source, eachItem: job.EachItem, legacy: job.Legacy,
		items: len(c.in), goOn: c.goOn, limits: limitsFor(timeLeft(ctx, job), r.Memory),
	}
	outcomes := p.run(ctx, &logs)
	items, err := c.collect(outcomes)
	return node.CodeResult{Items: items, Logs: logs.lines}, err
}

// timeLeft is what the job may take: its own limit, within the context's.
func timeLeft(ctx context.Context, job node.CodeJob) time.Duration {
	d := job.Timeout
	if d <= 0 {
		d = DefaultTimeout
	}
	return d
}
