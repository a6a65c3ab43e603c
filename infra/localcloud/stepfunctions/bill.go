package stepfunctions

import "time"

// What Express runs are billed by (pricing page of Step Functions): duration in
// steps of 100 ms times memory in chunks of 64 MB; the memory is 50 MB for the
// workflow itself and what its definition and data take.
const (
	billedStep  = 100 * time.Millisecond
	billedChunk = 64       // MB
	baseMemory  = 50 << 20 // bytes
)

// bill meters what a run that ended has cost beyond what was metered on the way.
func (s *Service) bill(l *live) {
	if !l.start.express {
		if n := l.run.Transitions(); n > l.billed {
			s.Meter.Add("states.transitions", float64(n-l.billed))
			l.billed = n
		}
		return
	}
	ms, mb := billed(l)
	s.Meter.Add("states.express_gb_seconds", float64(ms)/1000*float64(mb)/1024)
}

// billed returns the billed duration in milliseconds and memory in megabytes.
func billed(l *live) (ms, mb int64) {
	steps := max((l.run.Ended().Sub(l.start.at)+billedStep-1)/billedStep, 1)
	bytes := int64(baseMemory + len(l.machine.Definition) + 2*len(l.start.input))
	chunks := (bytes + billedChunk<<20 - 1) / (billedChunk << 20)
	return int64(steps * billedStep / time.Millisecond), chunks * billedChunk
}
