package stepfunctions

import (
	"slices"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
)

// live is a run that has not ended, in memory.
type live struct {
	start   *startRecord
	machine *machine
	key     string // of its records; empty if it is not kept (StartSyncExecution)
	slot    string // in Service.open

	mu       sync.Mutex
	run      *asl.Run
	outcomes uint64 // stored so far
	billed   int    // transitions metered so far
	timers   []*timer
	lost     bool          // its store failed: it rests until the next Start
	done     chan struct{} // closed at its end, if somebody waits
}

// newLive makes the run of a start.
func newLive(rec *startRecord, m *machine, d *asl.Machine, input any) *live {
	return &live{start: rec, machine: m, run: asl.NewRun(d, aslStart(rec, m, input), false)}
}

func aslStart(rec *startRecord, m *machine, input any) asl.Start {
	return asl.Start{
		ID: rec.arn, Name: rec.name, MachineARN: m.ARN, MachineName: m.Name, RoleARN: m.RoleARN,
		Input: input, Time: rec.at, Express: rec.express, Seed: rec.seed,
	}
}

// launch begins a run: it steps up to where it first waits, is committed, and only
// then sends its tasks out. An Express run that needs no waiting leaves no trace.
// It reports whether the run has ended: the caller concludes it without the gate.
func (s *Service) launch(l *live) (ended bool, err error) {
	effects := l.run.Begin()
	ended = l.run.Status() != asl.Running
	if l.key != "" && !(ended && l.start.express) {
		b := &kv.Batch{}
		s.putStart(b, l)
		if err := s.Store.Commit(b); err != nil {
			return false, err
		}
	}
	if ended {
		return true, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.register(l)
	s.do(l, effects)
	return false, nil
}

// register makes the run known and sets its deadline.
func (s *Service) register(l *live) {
	s.mu.Lock()
	s.open[l.slot] = l
	s.mu.Unlock()
	if at := l.run.Deadline(); !at.IsZero() {
		s.setTimer(l, at, 0)
	}
}

// deliver tells a run an outcome: the run moves on, the outcome is committed, and
// what the run wants done next is done.
func (s *Service) deliver(l *live, o asl.Outcome) {
	s.gate.RLock()
	ended, err := s.advance(l, o)
	s.gate.RUnlock()
	if err != nil {
		s.forget(l)
		s.Logger.Error("a state machine run rests until the next start: its outcome could not be stored", "execution", l.start.arn, "error", err)
	}
	if ended {
		s.conclude(l)
	}
}

func (s *Service) advance(l *live, o asl.Outcome) (ended bool, err error) {
	if s.dead {
		return false, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost || !l.hears(o) {
		return false, nil
	}
	now := s.now()
	if at := l.run.Deadline(); o.Kind != asl.Stop && !at.IsZero() && !now.Before(at) {
		o = asl.Outcome{Kind: asl.Expire} // whatever rang first: nothing happens in a run after its end
	}
	effects := l.run.Resume(o, now)
	ended = l.run.Status() != asl.Running
	if err := s.keep(l, o, now, ended); err != nil {
		l.lost = true
		return false, err
	}
	s.dropTimer(l, o.Token)
	if !ended {
		s.do(l, effects)
	}
	return ended, nil
}

func (l *live) hears(o asl.Outcome) bool {
	if o.Kind == asl.Stop || o.Kind == asl.Expire {
		return l.run.Status() == asl.Running
	}
	return l.run.Waits(o.Token)
}

// keep stores an outcome, or what is left of a run that has ended.
func (s *Service) keep(l *live, o asl.Outcome, now time.Time, ended bool) error {
	if l.key == "" {
		return nil
	}
	b := &kv.Batch{}
	if l.start.express && ended {
		b.Delete(partKey(l.key, partStart, 0))
		for n := range l.outcomes {
			b.Delete(partKey(l.key, partOutcome, n))
		}
		return s.Store.CommitLazy(b)
	}
	b.Set(partKey(l.key, partOutcome, l.outcomes), packOutcome(o, now))
	l.outcomes++
	if l.start.express {
		return s.Store.CommitLazy(b)
	}
	if ended {
		s.putClosed(b, l)
	}
	return s.Store.Commit(b)
}

// do does what a run wants done. l.mu and the gate are held.
func (s *Service) do(l *live, effects []asl.Effect) {
	for i := range effects {
		e := &effects[i]
		switch e.Kind {
		case asl.Cancel:
			s.dropTimer(l, e.Token)
		case asl.Wake:
			s.setTimer(l, e.At, e.Token)
		case asl.Invoke:
			if !l.run.Waits(e.Token) {
				continue // abandoned in the same step
			}
			if !e.At.IsZero() {
				s.setTimer(l, e.At, e.Token)
			}
			s.send(l, e.Token, e.Task)
		}
	}
	if n := l.run.Transitions(); !l.start.express && n > l.billed {
		s.Meter.Add("states.transitions", float64(n-l.billed))
		l.billed = n
	}
}

// send sends a task out, unless the service is closing: then it is noted that the
// task is yet to be sent.
func (s *Service) send(l *live, token uint64, task *asl.TaskCall) {
	if !s.running {
		if l.key != "" {
			b := &kv.Batch{}
			b.Set(partKey(l.key, partUnsent, token), nil)
			if err := s.Store.CommitLazy(b); err != nil {
				s.Logger.Error("could not note an unsent task", "execution", l.start.arn, "error", err)
			}
		}
		return
	}
	s.tasks.Add(1)
	go s.perform(l, token, task)
}

func (s *Service) setTimer(l *live, at time.Time, token uint64) {
	t := &timer{at: at, live: l, token: token}
	l.timers = append(l.timers, t)
	s.timers.add(t)
}

// dropTimer removes the timer of a token that was heard or is not wanted any more.
func (s *Service) dropTimer(l *live, token uint64) {
	i := slices.IndexFunc(l.timers, func(t *timer) bool { return t.token == token && token != 0 })
	if i < 0 {
		return
	}
	s.timers.remove(l.timers[i])
	l.timers = slices.Delete(l.timers, i, i+1)
}

// forget takes a run out of memory.
func (s *Service) forget(l *live) {
	s.mu.Lock()
	if s.open[l.slot] == l {
		delete(s.open, l.slot)
	}
	s.mu.Unlock()
	l.mu.Lock()
	s.timers.remove(l.timers...)
	l.timers = nil
	l.mu.Unlock()
}

// conclude does what follows a run's end: bill it, log it, tell who waits.
func (s *Service) conclude(l *live) {
	s.forget(l)
	s.bill(l)
	end := s.describeEnd(l)
	if end.Status != asl.Succeeded {
		s.Logger.Info("states.execution.ended", "execution", end.ExecutionARN, "status", string(end.Status), "error", end.Error) // causes may quote data
	}
	if l.done != nil {
		close(l.done)
	}
	if s.OnEnd != nil {
		s.OnEnd(end)
	}
}

func (s *Service) describeEnd(l *live) RunEnd {
	r := l.run
	end := RunEnd{ExecutionARN: l.start.arn, Machine: l.machine.Name, Name: l.start.name, Express: l.start.express,
		Status: r.Status(), Started: l.start.at, Ended: r.Ended()}
	if f := r.Failure(); f != nil {
		end.Error, end.Cause = f.Error, f.Cause
	}
	if r.Status() == asl.Succeeded && s.OnEnd != nil {
		end.Output = asl.JSON(r.Output())
	}
	return end
}
