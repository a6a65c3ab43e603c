package scheduler

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Pauses between the attempts to deliver a tick.
const (
	retryFirst = time.Second
	retryMost  = 5 * time.Minute
)

// tick is one time at which a schedule was due, until its target has taken it.
type tick struct {
	ID       string
	Schedule string // ARN
	At       time.Time
	Target   Target
	Delay    time.Duration // within the flexible window
}

// tick writes the ticks of a schedule that are due, in one commit with its next
// time, and starts their delivery. The caller holds the lock.
func (s *Service) tick(sch *schedule, now time.Time) error {
	ticks, next := s.missed(sch, now)
	b := &kv.Batch{}
	for _, t := range ticks {
		v, err := json.Marshal(t)
		if err != nil {
			return err
		}
		b.Set([]byte(tickPrefix+t.ID), v)
	}
	before := sch.Next
	sch.Next = next
	key := keyOf(sch.Spec.GroupName, sch.Spec.Name)
	gone := next.IsZero() && sch.Spec.ActionAfterCompletion == "DELETE"
	if gone {
		b.Delete([]byte(schedulePrefix + key))
	} else if err := sch.save(b); err != nil {
		return err
	}
	if err := s.opts.Store.Commit(b); err != nil {
		sch.Next = before
		return err
	}
	if next.IsZero() {
		s.due.Remove(sch)
	} else {
		s.due.Put(sch)
	}
	if gone {
		delete(s.schedules, key)
	}
	s.send(ticks)
	return nil
}

// missed lists the times at which a schedule was due up to now, without those that
// are too old, and the next one.
func (s *Service) missed(sch *schedule, now time.Time) (ticks []tick, next time.Time) {
	oldest := now.Add(-sch.Spec.Target.maxAge())
	at, ok := sch.Next, true
	for ; ok && !at.After(now); at, ok = sch.Spec.next(sch.expr, at) {
		if at.Before(oldest) {
			s.opts.Meter.Add("scheduler.dropped", 1)
			continue
		}
		t := tick{ID: ident.New("tick", now), Schedule: s.arn(sch.Spec), At: at, Target: sch.Spec.Target}
		if w := sch.Spec.FlexibleTimeWindow; w.Mode == "FLEXIBLE" {
			t.Delay = time.Duration(ident.Fraction() * float64(w.MaximumWindowInMinutes) * float64(time.Minute))
		}
		ticks = append(ticks, t)
		if len(ticks) > maxCatchUp {
			ticks = ticks[1:]
		}
	}
	if !ok {
		at = time.Time{}
	}
	return ticks, at
}

// send delivers the ticks of a schedule one after the other.
func (s *Service) send(ticks []tick) {
	if len(ticks) == 0 {
		return
	}
	s.busy.Add(1)
	go func() {
		defer s.busy.Done()
		for _, t := range ticks {
			s.deliver(t)
		}
	}()
}

// resume delivers what an earlier process left.
func (s *Service) resume() error {
	bySchedule := map[string][]tick{}
	prefix := []byte(tickPrefix)
	var bad error
	err := s.opts.Store.Scan(prefix, kv.PrefixEnd(prefix), false, func(_, v []byte) bool {
		var t tick
		bad = json.Unmarshal(v, &t)
		bySchedule[t.Schedule] = append(bySchedule[t.Schedule], t)
		return bad == nil
	})
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	for _, ticks := range bySchedule {
		s.send(ticks)
	}
	return nil
}

// deliver hands a tick over, trying again with growing pauses until it is too old,
// was tried too often, or the service is closed; then it stays for the next start.
func (s *Service) deliver(t tick) {
	wait := t.At.Add(t.Delay).Sub(s.opts.Clock.Now())
	if t.Delay > 0 && clock.Sleep(s.ctx, s.opts.Clock, wait) != nil {
		return
	}
	pause := retryFirst
	for attempt := 1; ; attempt++ {
		if s.ctx.Err() != nil {
			return
		}
		s.opts.Meter.Add("scheduler.invocations", 1)
		err := s.opts.Deliver(s.ctx, t.delivery(attempt, s.opts))
		if err == nil {
			s.forget(t)
			return
		}
		tooOld := s.opts.Clock.Now().Add(pause).Sub(t.At) > t.Target.maxAge()
		if attempt > t.Target.maxRetries() || tooOld {
			s.giveUp(t, err)
			return
		}
		if clock.Sleep(s.ctx, s.opts.Clock, pause) != nil {
			return
		}
		pause = min(pause*2, retryMost)
	}
}

func (s *Service) forget(t tick) {
	b := &kv.Batch{}
	b.Delete([]byte(tickPrefix + t.ID))
	_ = s.opts.Store.CommitLazy(b) // lost only in a crash, which delivers again: at least once
}

func (s *Service) giveUp(t tick, cause error) {
	s.opts.Logger.Error("a schedule's tick could not be delivered", "schedule", t.Schedule, "target", t.Target.Arn, "error", cause)
	if arn := t.Target.deadLetters(); arn != "" {
		d := t.delivery(1, s.opts)
		d.TargetARN, d.GroupID = arn, ""
		if err := s.opts.Deliver(s.ctx, d); err != nil {
			return // it stays for the next start
		}
	}
	s.opts.Meter.Add("scheduler.dropped", 1)
	s.forget(t)
}

// delivery renders the payload: the target's input with the context attributes put
// in, or the notification that Scheduler sends without an input.
func (t *tick) delivery(attempt int, o Options) Delivery {
	d := Delivery{TargetARN: t.Target.Arn, Payload: t.Target.Input}
	if t.Target.SqsParameters != nil {
		d.GroupID = t.Target.SqsParameters.MessageGroupId
	}
	at := t.At.UTC().Format(time.RFC3339)
	if d.Payload == "" {
		v, _ := json.Marshal(map[string]any{
			"version": "0", "id": t.ID, "detail-type": "Scheduled Event", "source": "aws.scheduler", "account": o.AccountID,
			"time": at, "region": o.Region, "resources": []string{t.Schedule}, "detail": "{}",
		})
		d.Payload = string(v)
		return d
	}
	d.Payload = strings.NewReplacer(
		"<aws.scheduler.schedule-arn>", t.Schedule, "<aws.scheduler.scheduled-time>", at,
		"<aws.scheduler.execution-id>", t.ID, "<aws.scheduler.attempt-number>", strconv.Itoa(attempt),
	).Replace(d.Payload)
	return d
}
