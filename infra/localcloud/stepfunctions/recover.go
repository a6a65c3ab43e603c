package stepfunctions

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
)

// stored is what the store holds of one run.
type stored struct {
	key      string
	start    *startRecord
	outcomes []storedOutcome
	unsent   map[uint64]bool
}

type storedOutcome struct {
	o  asl.Outcome
	at time.Time
}

// recover takes up all open runs: Express ones by their records, Standard ones by
// their marks.
func (s *Service) recover() error {
	runs, err := s.readRuns([]byte(keyExpress))
	if err != nil {
		return err
	}
	var marks []string
	err = s.Store.Scan([]byte(keyOpen), kv.PrefixEnd([]byte(keyOpen)), false, func(k, _ []byte) bool {
		marks = append(marks, string(k[len(keyOpen):]))
		return true
	})
	if err != nil {
		return err
	}
	for _, mark := range marks {
		standard, err := s.readRuns([]byte(keyHistory + mark + "\x00"))
		if err != nil {
			return err
		}
		runs = append(runs, standard...)
	}
	for _, r := range runs {
		if err := s.takeUp(r); err != nil {
			s.Logger.Error("a stored state machine run cannot go on; its records stay", "execution", r.start.arn, "error", err)
		}
	}
	if len(runs) > 0 {
		s.Logger.Info("took up open state machine runs", "runs", len(runs))
	}
	return nil
}

// readRuns reads all runs whose records begin with prefix. For one run, its key
// and a zero byte find its start, and the rest is read after it.
func (s *Service) readRuns(prefix []byte) ([]*stored, error) {
	var runs []*stored
	var bad error
	upper := kv.PrefixEnd(prefix)
	if prefix[len(prefix)-1] == partStart {
		upper = append(append([]byte{}, prefix[:len(prefix)-1]...), partUnsent+1)
	}
	err := s.Store.Scan(prefix, upper, false, func(k, v []byte) bool {
		if k[len(k)-1] == partStart && (len(runs) == 0 || !runs[len(runs)-1].owns(k)) {
			rec, err := unpackStart(v)
			runs = append(runs, &stored{key: string(k[:len(k)-1]), start: rec, unsent: map[uint64]bool{}})
			bad = err
			return err == nil
		}
		if len(runs) == 0 || !runs[len(runs)-1].owns(k) {
			return true // left over from a run whose start is gone: it ended
		}
		bad = runs[len(runs)-1].add(k, v)
		return bad == nil
	})
	if err == nil && bad != nil {
		err = fmt.Errorf("%w (below %q)", bad, prefix)
	}
	return runs, err
}

// owns reports whether k is the key of an outcome or unsent task of the run.
func (r *stored) owns(k []byte) bool {
	return len(k) == len(r.key)+9 && bytes.HasPrefix(k, []byte(r.key)) && k[len(r.key)] != partStart
}

func (r *stored) add(k, v []byte) error {
	n := binary.BigEndian.Uint64(k[len(k)-8:])
	if k[len(r.key)] == partUnsent {
		r.unsent[n] = true
		return nil
	}
	if n != uint64(len(r.outcomes)) {
		return errRecord
	}
	o, at, err := unpackOutcome(v)
	r.outcomes = append(r.outcomes, storedOutcome{o, at})
	return err
}

// replay brings run to where the stored outcomes lead, and returns the effects
// that are still wanted.
func replay(run *asl.Run, outcomes []storedOutcome) []asl.Effect {
	all := run.Begin()
	for _, x := range outcomes {
		all = append(all, run.Resume(x.o, x.at)...)
	}
	var wanted []asl.Effect
	for _, e := range all {
		if e.Kind != asl.Cancel && run.Waits(e.Token) {
			wanted = append(wanted, e)
		}
	}
	return wanted
}

// takeUp lets a stored run go on: its waits are set again, its tasks that were out
// are reported as crashed, those that were not sent are sent.
func (s *Service) takeUp(r *stored) error {
	m, d, err := s.revision(r.start.machine, r.start.revision)
	if err != nil {
		return err
	}
	input, err := asl.ParseJSON([]byte(r.start.input))
	if err != nil {
		return err
	}
	l := newLive(r.start, m, d, input)
	l.key, l.slot, l.outcomes = r.key, r.key, uint64(len(r.outcomes))
	effects := replay(l.run, r.outcomes)
	if l.run.Status() != asl.Running {
		return fmt.Errorf("stepfunctions: the run has ended but is kept as open")
	}
	l.billed = l.run.Transitions()
	if len(r.unsent) > 0 {
		b := &kv.Batch{}
		for token := range r.unsent {
			b.Delete(partKey(r.key, partUnsent, token))
		}
		if err := s.Store.CommitLazy(b); err != nil {
			return err
		}
	}
	l.mu.Lock()
	s.register(l)
	lost := s.resend(l, effects, r.unsent)
	l.mu.Unlock()
	if at := l.run.Deadline(); !at.IsZero() && !at.After(s.now()) {
		return nil // it expired meanwhile: its timer rings at once
	}
	for _, o := range lost {
		s.deliver(l, o)
	}
	return nil
}

// resend does the effects of a run that is taken up, except for the tasks that
// were out, whose outcomes it returns.
func (s *Service) resend(l *live, effects []asl.Effect, unsent map[uint64]bool) (lost []asl.Outcome) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	for i, e := range effects {
		if e.Kind == asl.Invoke && !unsent[e.Token] {
			lost = append(lost, crashed(e.Task, e.Token))
			continue
		}
		s.do(l, effects[i:i+1])
	}
	return lost
}

// standardKey is how a Standard execution is named in keys.
func standardKey(machine, name string) string { return machine + "\x00" + name }
