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
		items: len(c.in), goOn: c.goOn, limits: limitsFor(timeOf(job), r.Memory),
	}
	outcomes := p.run(ctx, &logs)
	items, err := c.collect(outcomes)
	return node.CodeResult{Items: items, Logs: logs.lines}, err
}

// timeOf is what the job may take; the context may end it earlier.
func timeOf(job node.CodeJob) time.Duration {
	if job.Timeout <= 0 {
		return DefaultTimeout
	}
	return job.Timeout
}
