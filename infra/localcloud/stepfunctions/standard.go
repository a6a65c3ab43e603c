package stepfunctions

import (
	"encoding/json"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
)

// summary describes a Standard execution.
type summary struct {
	ARN, Name, Machine string
	Revision           string
	Status             asl.Status
	Input              string
	Output             string `json:",omitempty"`
	Error, Cause       string `json:",omitempty"`
	Started            time.Time
	Ended              time.Time `json:",omitzero"`
}

func (l *live) summary() *summary {
	x := &summary{ARN: l.start.arn, Name: l.start.name, Machine: l.start.machine, Revision: l.start.revision,
		Status: l.run.Status(), Input: l.start.input, Started: l.start.at, Ended: l.run.Ended()}
	if f := l.run.Failure(); f != nil && x.Status != asl.TimedOut {
		x.Error, x.Cause = f.Error, f.Cause
	}
	if x.Status == asl.Succeeded {
		x.Output = string(asl.JSON(l.run.Output()))
	}
	return x
}

func (x *summary) pack() []byte {
	b, _ := json.Marshal(x) // strings and times only
	return b
}

// standard reads a Standard execution by its key.
func (s *Service) standard(key string) (*summary, bool, error) {
	b, ok, err := s.Store.Get([]byte(keyStandard + key))
	if err != nil || !ok {
		return nil, false, err
	}
	x := &summary{}
	return x, true, json.Unmarshal(b, x)
}

// listStandard calls fn for a machine's executions, the newest first, beginning
// with the list key from (nil: all), until fn returns false.
func (s *Service) listStandard(machine string, from []byte, fn func(key []byte, x *summary) bool) error {
	lower := append([]byte(keyList+machine), 0)
	upper := append([]byte(keyList+machine), 1)
	if from != nil {
		lower = from
	}
	var keys [][]byte
	err := s.Store.Scan(lower, upper, false, func(k, _ []byte) bool {
		keys = append(keys, append([]byte{}, k...))
		return true
	})
	if err != nil {
		return err
	}
	for _, k := range keys {
		x, ok, err := s.standard(standardKey(machine, listedName(machine, k)))
		if err != nil {
			return err
		}
		if ok && !fn(k, x) {
			break
		}
	}
	return nil
}

// history makes the history of a Standard execution by replaying it.
func (s *Service) history(x *summary) ([]asl.Event, error) {
	key := keyHistory + standardKey(x.Machine[lastColon(x.Machine)+1:], x.Name)
	runs, err := s.readRuns([]byte(key + "\x00"))
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	m, d, err := s.revision(x.Machine, x.Revision)
	if err != nil {
		return nil, err
	}
	input, err := asl.ParseJSON([]byte(x.Input))
	if err != nil {
		return nil, err
	}
	run := asl.NewRun(d, aslStart(runs[0].start, m, input), true)
	replay(run, runs[0].outcomes)
	return run.Events(), nil
}
