package scheduler

import (
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/alarm"
)

// run makes the ticks that are due and sets the timer for the next. The caller
// holds the lock.
func (s *Service) run() {
	if !s.running {
		return
	}
	now := s.opts.Clock.Now()
	for len(s.due) > 0 && !s.due[0].Next.After(now) {
		if err := s.tick(s.due[0], now); err != nil {
			s.opts.Logger.Error("a schedule's tick could not be written", "schedule", s.due[0].Spec.Name, "error", err)
			s.arm(now.Add(retryFirst), now)
			return
		}
	}
	if len(s.due) > 0 {
		s.arm(s.due[0].Next, now)
	}
}

// arm sets the timer, unless it is already set for that time or an earlier one.
func (s *Service) arm(at, now time.Time) {
	if s.timer != nil && !s.armed.After(at) && s.armed.After(now) {
		return
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.armed = at
	s.timer = alarm.At(s.opts.Clock, at, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.timer = nil
		s.run()
	})
}

func (s *Service) arn(spec Spec) string {
	return fmt.Sprintf("arn:aws:scheduler:%s:%s:schedule/%s/%s", s.opts.Region, s.opts.AccountID, spec.GroupName, spec.Name)
}

func (s *Service) groupARN(name string) string {
	return fmt.Sprintf("arn:aws:scheduler:%s:%s:schedule-group/%s", s.opts.Region, s.opts.AccountID, name)
}

// dueHeap orders schedules by their next time.
type dueHeap []*schedule

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].Next.Before(h[j].Next) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].heapAt, h[j].heapAt = i, j
}

func (h *dueHeap) Push(x any) {
	sch := x.(*schedule)
	sch.heapAt = len(*h)
	*h = append(*h, sch)
}

func (h *dueHeap) Pop() any {
	old := *h
	sch := old[len(old)-1]
	*h = old[:len(old)-1]
	sch.heapAt = -1
	return sch
}
