package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/await"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/order"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// maxCatchUp is how many missed ticks of one schedule are delivered after a pause.
const maxCatchUp = 100

// Options are what the service needs.
type Options struct {
	Store     kv.Store
	Clock     clock.Clock
	Meter     *meter.Meter
	Logger    *slog.Logger
	Region    string
	AccountID string
	// Deliver hands a tick to its target. It returns when the target has taken it
	// over durably; an error is tried again.
	Deliver func(ctx context.Context, d Delivery) error
}

// Delivery is one tick for one target.
type Delivery struct {
	TargetARN string
	Payload   string
	// GroupID is the MessageGroupId for a queue.
	GroupID string
}

// Service is EventBridge Scheduler; it is an http.Handler. All methods are safe for
// concurrent use.
type Service struct {
	opts Options

	mu        sync.Mutex
	groups    map[string]time.Time // name -> made
	schedules map[string]*schedule // by key
	template  map[string]bool      // keys of schedules that the current template has
	due       order.Heap[*schedule]
	timer     clock.Timer
	armed     time.Time
	running   bool
	ctx       context.Context
	cancel    context.CancelFunc
	busy      sync.WaitGroup
}

// schedule is a schedule that exists, as it is stored.
type schedule struct {
	Spec     Spec
	Token    string `json:",omitempty"` // ClientToken of the call that made it
	Made     time.Time
	Changed  time.Time
	Next     time.Time // zero if it is not due any more
	Template bool      `json:",omitempty"` // made by the template, not by a call

	expr expression

	order.Place // among those that are due
}

const (
	schedulePrefix = "scheduler/s/" // group / name
	groupPrefix    = "scheduler/g/"
	tickPrefix     = "scheduler/t/"
)

func keyOf(group, name string) string { return group + "/" + name }

// New opens the service with the schedules and groups that calls have made.
func New(o Options) (*Service, error) {
	s := &Service{
		opts: o, groups: map[string]time.Time{defaultGroup: o.Clock.Now()},
		schedules: map[string]*schedule{}, template: map[string]bool{},
		due: order.New(func(a, b *schedule) bool { return a.Next.Before(b.Next) }),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var bad error
	load := func(prefix string, fn func(name string, v []byte) error) error {
		p := []byte(prefix)
		return errors.Join(o.Store.Scan(p, kv.PrefixEnd(p), false, func(k, v []byte) bool {
			bad = fn(string(k[len(p):]), v)
			return bad == nil
		}), bad)
	}
	err := load(groupPrefix, func(name string, v []byte) error {
		var made time.Time
		err := json.Unmarshal(v, &made)
		s.groups[name] = made
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, load(schedulePrefix, func(key string, v []byte) error {
		sch := &schedule{}
		if err := json.Unmarshal(v, sch); err != nil {
			return err
		}
		s.schedules[key] = sch
		return sch.compile()
	})
}

// compile parses the expression.
func (sch *schedule) compile() (err error) {
	sch.expr, err = sch.Spec.expression(sch.Changed)
	return err
}

// AddGroup makes a group of the template.
func (s *Service) AddGroup(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.groups[name]; !ok {
		s.groups[name] = s.opts.Clock.Now()
	}
}

// AddSchedule makes a schedule of the template. One that is unchanged since an
// earlier start goes on where it was.
func (s *Service) AddSchedule(spec Spec) error {
	if err := spec.fill(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(spec.GroupName, spec.Name)
	s.template[key] = true
	if old := s.schedules[key]; old != nil && same(old.Spec, spec) {
		return nil
	}
	now := s.opts.Clock.Now()
	return s.put(&schedule{Spec: spec, Made: now, Changed: now, Template: true})
}

func same(a, b Spec) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// Start removes the schedules that an older template had, takes up the ticks that
// an earlier process left, and lets time run.
func (s *Service) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, sch := range s.schedules {
		if sch.Template && !s.template[key] {
			if err := s.drop(key); err != nil {
				return err
			}
			continue
		}
		if !sch.Next.IsZero() {
			s.due.Put(sch)
		}
	}
	s.running = true
	if err := s.resume(); err != nil {
		return err
	}
	s.run()
	return nil
}

// Close stops the time and waits for deliveries that are on their way.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.running = false
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	s.cancel()
	return await.Return(ctx, s.busy.Wait)
}

// put stores a schedule, new or changed, with its next time, and replaces the one
// of that name. The caller holds the lock.
func (s *Service) put(sch *schedule) error {
	if err := sch.compile(); err != nil {
		return invalid("Invalid Schedule Expression %s. %v", sch.Spec.ScheduleExpression, err)
	}
	sch.Next = time.Time{}
	if sch.Spec.State == "ENABLED" {
		if o, single := sch.expr.(once); single {
			sch.Next = o.at // also in the past: it is due at once
		} else {
			sch.Next, _ = sch.Spec.next(sch.expr, sch.Changed)
		}
	}
	b := &kv.Batch{}
	if err := sch.save(b); err != nil {
		return err
	}
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	key := keyOf(sch.Spec.GroupName, sch.Spec.Name)
	if old := s.schedules[key]; old != nil {
		s.due.Remove(old)
	}
	s.schedules[key] = sch
	if !sch.Next.IsZero() {
		s.due.Put(sch)
	}
	s.run()
	return nil
}

func (sch *schedule) save(b *kv.Batch) error {
	v, err := json.Marshal(sch)
	b.Set([]byte(schedulePrefix+keyOf(sch.Spec.GroupName, sch.Spec.Name)), v)
	return err
}

// drop removes a schedule. The caller holds the lock.
func (s *Service) drop(key string) error {
	b := &kv.Batch{}
	b.Delete([]byte(schedulePrefix + key))
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	s.due.Remove(s.schedules[key])
	delete(s.schedules, key)
	return nil
}
