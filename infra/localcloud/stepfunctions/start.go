package stepfunctions

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/fnv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// started is what StartExecution answers.
type started struct {
	arn string
	at  time.Time
}

// StartExecution starts a run of the machine and returns the execution's ARN. An
// empty name means one of its own. input is JSON.
func (s *Service) StartExecution(machineARN, name, input string) (executionARN string, err error) {
	r, err := s.startExecution(machineARN, name, input)
	return r.arn, err
}

func (s *Service) startExecution(machineARN, name, input string) (started, error) {
	s.gate.RLock()
	r, ended, err := s.launchNamed(machineARN, name, input)
	s.gate.RUnlock()
	for _, l := range ended {
		s.conclude(l)
	}
	return r, err
}

// launchNamed starts the run and its duplicate, if there is to be one, and returns
// those that have ended already. The gate is held.
func (s *Service) launchNamed(machineARN, name, input string) (r started, ended []*live, err error) {
	m, v, err := s.checkStart(machineARN, name, input)
	if err != nil {
		return r, nil, err
	}
	runs := make([]*live, 0, 2)
	if m.Express {
		l := s.newExpress(m, name, input, v)
		l.key = l.slot
		runs = append(runs, l)
		if s.DuplicateStart != nil && s.DuplicateStart() {
			twin := newLive(l.start, m, m.compiled, v)
			twin.slot = keyExpress + ident.Token()
			twin.key = twin.slot
			runs = append(runs, twin)
		}
	} else {
		s.names.Lock()
		defer s.names.Unlock()
		l, old, err := s.newStandard(m, name, input, v)
		if err != nil {
			return r, nil, err
		}
		if old != nil {
			return started{old.ARN, old.Started}, nil, nil
		}
		runs = append(runs, l)
	}
	for _, l := range runs {
		over, err := s.launch(l)
		if err != nil {
			return r, ended, err
		}
		if over {
			ended = append(ended, l)
		}
	}
	return started{runs[0].start.arn, runs[0].start.at}, ended, nil
}

// checkStart checks the request and reads the input. The gate is held.
func (s *Service) checkStart(machineARN, name, input string) (*machine, any, error) {
	if !s.running {
		return nil, nil, &wire.Error{Status: 503, Type: "ServiceUnavailable", Message: "Step Functions is not running"}
	}
	m := s.machineNamed(machineARN)
	if m == nil {
		return nil, nil, wire.Errorf("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", machineARN)
	}
	if name != "" && !goodName.MatchString(name) {
		return nil, nil, wire.Errorf("InvalidName", "Invalid Name: '%s'", name)
	}
	if len(input) > asl.MaxPayload {
		return nil, nil, wire.Errorf("ValidationException", "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to %d", asl.MaxPayload)
	}
	v, err := asl.ParseJSON([]byte(input))
	if err != nil {
		return nil, nil, wire.Errorf("InvalidExecutionInput", "Invalid State Machine Execution Input: '%v'", err)
	}
	return m, v, nil
}

// newExpress makes a run that is not kept, unless it is given a key.
func (s *Service) newExpress(m *machine, name, input string, v any) *live {
	id := newUUID()
	if name == "" {
		name = id
	}
	arn := strings.Replace(m.ARN, ":stateMachine:", ":express:", 1) + ":" + name + ":" + id
	rec := &startRecord{machine: m.ARN, revision: m.Revision, arn: arn, name: name, at: s.now(), seed: seedOf(arn), express: true, input: input}
	l := newLive(rec, m, m.compiled, v)
	l.slot = keyExpress + ident.Token()
	s.Meter.Add("states.express_requests", 1)
	return l
}

// newStandard makes a run, or finds the one that the same request started before.
func (s *Service) newStandard(m *machine, name, input string, v any) (*live, *summary, error) {
	if name == "" {
		name = newUUID()
	}
	arn := strings.Replace(m.ARN, ":stateMachine:", ":execution:", 1) + ":" + name
	key := standardKey(m.Name, name)
	old, ok, err := s.standard(key)
	if err != nil {
		return nil, nil, err
	}
	if ok {
		if old.Status == asl.Running && sameInput(old.Input, input) {
			return nil, old, nil
		}
		return nil, nil, wire.Errorf("ExecutionAlreadyExists", "Execution Already Exists: '%s'", arn)
	}
	at := s.now()
	rec := &startRecord{machine: m.ARN, revision: m.Revision, arn: arn, name: name, at: at, seed: seedOf(arn + at.String()), input: input}
	l := newLive(rec, m, m.compiled, v)
	l.key = keyHistory + key
	l.slot = l.key
	return l, nil, nil
}

func sameInput(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := asl.ParseJSON([]byte(a))
	y, err2 := asl.ParseJSON([]byte(b))
	return err1 == nil && err2 == nil && asl.Equal(x, y)
}

// runSync runs an Express machine to its end, or until ctx ends. The run is not
// kept: the service starts it at most once.
func (s *Service) runSync(ctx context.Context, machineARN, name, input string) (*live, error) {
	l, ended, err := s.launchSync(machineARN, name, input)
	if err != nil {
		return nil, err
	}
	if ended {
		s.conclude(l)
	}
	select {
	case <-l.done:
		return l, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.base.Done():
		return nil, &wire.Error{Status: 503, Type: "ServiceUnavailable", Message: "Step Functions was closed"}
	}
}

func (s *Service) launchSync(machineARN, name, input string) (l *live, ended bool, err error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	m, v, err := s.checkStart(machineARN, name, input)
	if err != nil {
		return nil, false, err
	}
	if !m.Express {
		return nil, false, wire.Errorf("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
	}
	l = s.newExpress(m, name, input, v)
	l.done = make(chan struct{})
	ended, err = s.launch(l)
	return l, ended, err
}

// putStart stores the start of a run, and for Standard what describes and lists it.
func (s *Service) putStart(b *kv.Batch, l *live) {
	b.Set(partKey(l.key, partStart, 0), l.start.pack())
	if l.start.express {
		return
	}
	key := standardKey(l.machine.Name, l.start.name)
	b.Set(listKey(l.machine.Name, l.start.at, l.start.name), nil)
	b.Set([]byte(keyStandard+key), l.summary().pack())
	if l.run.Status() == asl.Running {
		b.Set([]byte(keyOpen+key), nil)
	}
}

// putClosed stores the result of a Standard execution that ended.
func (s *Service) putClosed(b *kv.Batch, l *live) {
	key := standardKey(l.machine.Name, l.start.name)
	b.Set([]byte(keyStandard+key), l.summary().pack())
	b.Delete([]byte(keyOpen + key))
}

// listKey orders a machine's executions, the newest first.
func listKey(machine string, at time.Time, name string) []byte {
	b := append([]byte(keyList+machine), 0)
	b = binary.BigEndian.AppendUint64(b, ^uint64(at.UnixMilli()))
	return append(b, name...)
}

// listedName is the name of the execution that a list key stands for.
func listedName(machine string, key []byte) string {
	return string(bytes.TrimPrefix(key, []byte(keyList+machine))[9:])
}

// newUUID makes a version 4 UUID.
func newUUID() string {
	h := ident.Token() + ident.Token()
	variant := h[16] & 3
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-" + "89ab"[variant:variant+1] + h[17:20] + "-" + h[20:32]
}

func seedOf(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}

func lastColon(s string) int { return strings.LastIndexByte(s, ':') }
