package sqs

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Faults decide where SQS misbehaves as it may; see NoFaults.
type Faults interface {
	// Duplicate says whether a message stays visible although it was received.
	Duplicate() bool
	// Reorder is by how much a message becomes visible later than those around it.
	Reorder() time.Duration
}

// NoFaults is a queue service that delivers once and in order, as long as it can.
type NoFaults struct{}

// Duplicate implements Faults.
func (NoFaults) Duplicate() bool { return false }

// Reorder implements Faults.
func (NoFaults) Reorder() time.Duration { return 0 }

// Options are what the service needs.
type Options struct {
	Store     kv.Store
	Clock     clock.Clock
	Meter     *meter.Meter
	Faults    Faults // nil is NoFaults
	Region    string
	AccountID string
}

// Service is SQS; it is an http.Handler. All methods are safe for concurrent use.
type Service struct {
	opts Options
	seq  atomic.Uint64

	mu     sync.RWMutex
	queues map[string]*queue // by name
	tasks  []*moveTask
}

// Keys in the store: messages, their receive counts, and queues made by CreateQueue.
const (
	messagePrefix = "sqs/m/"
	receivePrefix = "sqs/r/"
	specPrefix    = "sqs/q/"
)

// New opens the service and the queues that were made by CreateQueue before.
func New(o Options) (*Service, error) {
	if o.Faults == nil {
		o.Faults = NoFaults{}
	}
	s := &Service{opts: o, queues: map[string]*queue{}}
	var specs []Spec
	var bad error
	err := o.Store.Scan([]byte(specPrefix), kv.PrefixEnd([]byte(specPrefix)), false, func(_, v []byte) bool {
		var spec Spec
		bad = json.Unmarshal(v, &spec)
		specs = append(specs, spec)
		return bad == nil
	})
	if err := errors.Join(err, bad); err != nil {
		return nil, err
	}
	for _, spec := range specs {
		if err := s.AddQueue(spec); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// AddQueue makes a queue, or changes the settings of the one of that name, and
// loads the messages that it had.
func (s *Service) AddQueue(spec Spec) error {
	if spec.MaximumMessage == 0 {
		spec.MaximumMessage = maxMessageBytes
	}
	if q := s.byName(spec.Name); q != nil {
		q.mu.Lock()
		q.spec = spec
		q.finish()
		return nil
	}
	q := newQueue(s, spec)
	if err := s.load(q); err != nil {
		return err
	}
	s.mu.Lock()
	s.queues[spec.Name] = q
	s.mu.Unlock()
	return nil
}

// load reads the messages of a queue; all of them are visible, because whoever
// had received them is gone.
func (s *Service) load(q *queue) error {
	counts := map[uint64][]byte{}
	if err := s.scan(receivePrefix, q.name, func(seq uint64, v []byte) error {
		counts[seq] = slices.Clone(v)
		return nil
	}); err != nil {
		return err
	}
	now := s.opts.Clock.Now()
	q.mu.Lock()
	err := s.scan(messagePrefix, q.name, func(seq uint64, v []byte) error {
		m, err := decode(seq, v)
		if err != nil {
			return err
		}
		m.receives, m.firstMS = parseReceives(counts[seq])
		m.nonce = uint32(m.receives)
		q.messages[seq] = m
		if due := time.UnixMilli(m.sentMS).Add(q.spec.Delay); m.receives == 0 && m.source == "" && due.After(now) {
			q.hide(m, due)
		} else {
			q.rota.add(m)
		}
		for old := s.seq.Load(); old < seq && !s.seq.CompareAndSwap(old, seq); old = s.seq.Load() {
		}
		return nil
	})
	q.finish()
	return err
}

func (s *Service) scan(prefix, name string, fn func(seq uint64, v []byte) error) error {
	lower := messageKey(prefix, name, 0)
	var bad error
	err := s.opts.Store.Scan(lower, kv.PrefixEnd(lower[:len(lower)-8]), false, func(k, v []byte) bool {
		bad = fn(binary.BigEndian.Uint64(k[len(k)-8:]), v)
		return bad == nil
	})
	return errors.Join(err, bad)
}

func messageKey(prefix, name string, seq uint64) []byte {
	k := make([]byte, 0, len(prefix)+len(name)+9)
	k = append(k, prefix...)
	k = append(k, name...)
	k = append(k, 0)
	return binary.BigEndian.AppendUint64(k, seq)
}

func (s *Service) byName(name string) *queue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.queues[name]
}

// byURL finds a queue by its URL, whose last part is the name.
func (s *Service) byURL(url string) *queue {
	return s.byName(url[strings.LastIndexByte(url, '/')+1:])
}

// byARN finds a queue by its ARN, whose last part is the name.
func (s *Service) byARN(arn string) *queue {
	return s.byName(arn[strings.LastIndexByte(arn, ':')+1:])
}

func (s *Service) names() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.queues))
}

// Close stops the timers. Messages stay in the store.
func (s *Service) Close() {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, q := range s.queues {
		q.close()
	}
}
