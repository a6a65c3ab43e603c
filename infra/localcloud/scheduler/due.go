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
	next, ok := s.due.First()
	for ; ok && !next.Next.After(now); next, ok = s.due.First() {
		if err := s.tick(next, now); err != nil {
			s.opts.Logger.Error("a schedule's tick could not be written", "schedule", next.Spec.Name, "error", err)
			s.arm(now.Add(retryFirst), now)
			return
		}
	}
	if ok {
		s.arm(next.Next, now)
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
