package poll

import (
	"encoding/json"
	"time"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// State is what a mark holds of a trigger.
type State struct {
	// Since is the activation that it belongs to.
	Since  time.Time       `json:"since"`
	Cursor json.RawMessage `json:"cursor,omitempty"` // nil: no poll has succeeded yet
	// PolledAt is the time of the last poll that is kept, at most KeepEvery before
	// the last one; FoundAt when something new was found last.
	PolledAt  time.Time `json:"polledAt,omitzero"`
	FoundAt   time.Time `json:"foundAt,omitzero"`
	NotBefore time.Time `json:"notBefore,omitzero"` // the service asks for a pause until then
	Failure   *Failure  `json:"failure,omitempty"`
}

// Failure is why polls have found nothing of late.
type Failure struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Since   time.Time  `json:"since"` // of the first in a row
	At      time.Time  `json:"at"`
	Count   int        `json:"count"`
}

// KeepEvery is how often a poll is written down that found nothing.
const KeepEvery = 10 * time.Minute

// Read reads the state of an activation; the state of another one is none.
func Read(m execution.Mark, since time.Time) (State, error) {
	s := State{}
	if m.Data != nil {
		if err := json.Unmarshal(m.Data, &s); err != nil {
			return s, fault.Wrap(err, fault.Internal, fault.CodeInternal, "A trigger's mark cannot be read.")
		}
	}
	if !s.Since.Equal(since) {
		return State{Since: since}, nil
	}
	return s, nil
}

// mark is the state as the next revision of a mark.
func (s State) mark(m execution.Mark) execution.Mark {
	b, err := json.Marshal(s)
	if err != nil { // a programming error: it is a plain struct, and cursors are JSON
		panic("a trigger's state: " + err.Error())
	}
	m.Data = b
	return m
}

// failed notes a failure.
func (s State) failed(err error, now time.Time) State {
	f := fault.Of(err)
	next := &Failure{Code: f.Code, Message: f.Message, Since: now, At: now, Count: 1}
	if old := s.Failure; old != nil {
		next.Since, next.Count = old.Since, old.Count+1
	}
	s.Failure, s.PolledAt, s.NotBefore = next, now, time.Time{}
	if f.RetryAfter > 0 {
		s.NotBefore = now.Add(min(f.RetryAfter, maxPause))
	}
	return s
}

// maxPause bounds the pause that a service can ask for.
const maxPause = time.Hour
