package expr

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// The limits of one Resolve where Limits leaves them open.
const (
	DefaultTime      = 5 * time.Second
	DefaultMemory    = 128 << 20 // bytes
	DefaultCallStack = 1024      // frames
)

// Limits bound one Resolve, or one run of a Code node. Zero fields take the defaults.
type Limits struct {
	Time      time.Duration
	Memory    int64 // bytes by which the heap may grow
	CallStack int   // JavaScript frames
	Clock     clock.Clock
}

func (l Limits) withDefaults() Limits {
	if l.Time <= 0 {
		l.Time = DefaultTime
	}
	if l.Memory <= 0 {
		l.Memory = DefaultMemory
	}
	if l.CallStack <= 0 {
		l.CallStack = DefaultCallStack
	}
	if l.Clock == nil {
		l.Clock = clock.Real()
	}
	return l
}
