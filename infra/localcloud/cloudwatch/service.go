package cloudwatch

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// kept is for how long metrics are kept.
const kept = 24 * time.Hour

// Value is one value of a metric.
type Value struct {
	Metric Metric
	Value  float64
}

// Options are what a service needs.
type Options struct {
	Store kv.Store
	Clock clock.Clock
	Meter *meter.Meter
	// Sample reads, once a minute, what the cloud's services do not report by themselves.
	Sample func() []Value
	// Failed is told of log lines that CloudWatch would drop.
	Failed func(err error)
}

// Service holds metrics and dashboards. It is an http.Handler, and an io.Writer for
// the lines that functions log. All methods are safe for concurrent use.
type Service struct {
	opts Options

	minute atomic.Int64 // of the last value

	mu         sync.Mutex
	all        map[Metric]series
	dirty      map[Metric]map[int64]bool
	current    map[Metric]*bucket // those of the minute that are in dirty
	of         int64              // the minute of current
	dashboards map[string]string
	directives map[string][]directive // of embedded metrics, by their text
}

// New returns a service with the metrics that the store has.
func New(o Options) (*Service, error) {
	s := &Service{
		opts: o, all: map[Metric]series{}, dirty: map[Metric]map[int64]bool{}, current: map[Metric]*bucket{},
		dashboards: map[string]string{}, directives: map[string][]directive{},
	}
	s.minute.Store(minuteOf(o.Clock.Now()) - 1) // the first value samples
	return s, s.load()
}

// AddDashboard puts a dashboard in, or replaces it.
func (s *Service) AddDashboard(name, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dashboards[name] = body
}

// Put adds values to the current minute.
func (s *Service) Put(values ...Value) {
	s.tick()
	s.put(values)
}

// tick samples and stores when a new minute has begun.
func (s *Service) tick() {
	now := minuteOf(s.opts.Clock.Now())
	ended := s.minute.Load()
	if now <= ended || !s.minute.CompareAndSwap(ended, now) {
		return
	}
	s.mu.Lock()
	s.drop(now - int64(kept/time.Minute))
	s.mu.Unlock()
	if s.opts.Sample != nil {
		s.put(s.opts.Sample())
	}
	if err := s.save(); err != nil {
		s.opts.Failed(err)
	}
}

func (s *Service) put(values []Value) {
	minute := minuteOf(s.opts.Clock.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if minute != s.of {
		clear(s.current)
		s.of = minute
	}
	for _, v := range values {
		b := s.current[v.Metric]
		if b == nil {
			b = s.begin(v.Metric, minute)
		}
		b.add(v.Value)
	}
}

// begin returns the metric's bucket of the minute, to be written with the next
// save; the caller holds mu.
func (s *Service) begin(m Metric, minute int64) *bucket {
	own, ok := s.all[m]
	if !ok {
		own = series{}
		s.all[m] = own
	}
	b, ok := own[minute]
	if !ok {
		b = &bucket{}
		own[minute] = b
	}
	s.mark(m, minute)
	s.current[m] = b
	return b
}

func (s *Service) mark(m Metric, minute int64) {
	minutes, ok := s.dirty[m]
	if !ok {
		minutes = map[int64]bool{}
		s.dirty[m] = minutes
	}
	minutes[minute] = true
}

// drop forgets what is older than a minute; the caller holds mu.
func (s *Service) drop(before int64) {
	for m, own := range s.all {
		for minute := range own {
			if minute < before {
				delete(own, minute)
				s.mark(m, minute)
			}
		}
		if len(own) == 0 {
			delete(s.all, m)
		}
	}
}
