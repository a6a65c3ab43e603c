package stepfunctions

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// MachineSpec says what state machine to make.
type MachineSpec struct {
	Name       string
	Definition string // JSON
	RoleARN    string // made up from the name if empty
	Express    bool
	// Logging and Tracing are kept and shown as they are: JSON, or empty.
	Logging, Tracing json.RawMessage
}

// machine is a state machine. All but the definitions of past revisions is
// replaced whole when it is updated.
type machine struct {
	Name       string
	ARN        string
	RoleARN    string
	Definition string
	Revision   string
	Express    bool
	Logging    json.RawMessage `json:",omitempty"`
	Tracing    json.RawMessage `json:",omitempty"`
	Created    time.Time
	Updated    time.Time

	compiled *asl.Machine
	past     *pastRevisions
}

// pastRevisions are compiled definitions that open runs began with.
type pastRevisions struct {
	mu   sync.Mutex
	byID map[string]*asl.Machine
}

// goodName is what names of machines and executions may be (API reference of
// CreateStateMachine: no space, brackets, wildcards, special or control characters).
var goodName = regexp.MustCompile("^[^\\s<>{}\\[\\]?*\"#%\\\\^|~`$&,;:/\\x00-\\x1f\\x7f-\\x9f]{1,80}$")

func (s *Service) machineARN(name string) string {
	return fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:%s", s.Region, s.Account, name)
}

// CreateStateMachine makes a machine and returns its ARN, as the API's operation
// does: an identical one is no error, another one of that name is.
func (s *Service) CreateStateMachine(spec MachineSpec) (arn string, err error) {
	m, err := s.create(spec)
	if err != nil {
		return "", err
	}
	return m.ARN, nil
}

// Deploy makes the machine, or updates it if there is one of that name and another
// definition or role, as the deployment of a template does.
func (s *Service) Deploy(spec MachineSpec) (arn string, err error) {
	old := s.machineNamed(s.machineARN(spec.Name))
	if old == nil {
		return s.CreateStateMachine(spec)
	}
	if old.Express != spec.Express {
		return "", wire.Errorf("ValidationException", "the type of the state machine %s cannot be changed", spec.Name)
	}
	next := *old
	next.Definition, next.Logging, next.Tracing = spec.Definition, spec.Logging, spec.Tracing
	if spec.RoleARN != "" {
		next.RoleARN = spec.RoleARN
	}
	if old.sameAs(&next) {
		return old.ARN, nil
	}
	return old.ARN, s.update(&next)
}

func (s *Service) create(spec MachineSpec) (*machine, error) {
	if !goodName.MatchString(spec.Name) {
		return nil, wire.Errorf("InvalidName", "Invalid Name: '%s'", spec.Name)
	}
	m := &machine{Name: spec.Name, ARN: s.machineARN(spec.Name), RoleARN: spec.RoleARN, Definition: spec.Definition, Express: spec.Express,
		Logging: spec.Logging, Tracing: spec.Tracing, Created: s.now(), past: &pastRevisions{byID: map[string]*asl.Machine{}}}
	if m.RoleARN == "" {
		m.RoleARN = fmt.Sprintf("arn:aws:iam::%s:role/%s", s.Account, spec.Name)
	}
	if old := s.machineNamed(m.ARN); old != nil {
		if old.sameAs(m) && old.Express == m.Express {
			return old, nil
		}
		return nil, wire.Errorf("StateMachineAlreadyExists", "State Machine Already Exists: '%s'", m.ARN)
	}
	return m, s.update(m)
}

func (m *machine) sameAs(o *machine) bool {
	return m.Definition == o.Definition && m.RoleARN == o.RoleARN && string(m.Logging) == string(o.Logging) && string(m.Tracing) == string(o.Tracing)
}

// update gives m a new revision, stores it and puts it in the place of the old one.
func (s *Service) update(m *machine) error {
	compiled, err := asl.Parse([]byte(m.Definition))
	if err != nil {
		return wire.Errorf("InvalidDefinition", "%v", err)
	}
	m.compiled, m.Revision, m.Updated = compiled, ident.Token(), s.now()
	record, err := json.Marshal(m)
	if err != nil {
		return err
	}
	b := &kv.Batch{}
	b.Set([]byte(keyMachine+m.Name), record)
	b.Set([]byte(keyRevision+m.Name+"\x00"+m.Revision), []byte(m.Definition))
	if err := s.Store.Commit(b); err != nil {
		return err
	}
	s.mu.Lock()
	s.machines[m.ARN] = m
	s.mu.Unlock()
	return nil
}

// remove deletes a machine. Its open runs go on to their end, so the definitions stay.
func (s *Service) remove(arn string) error {
	m := s.machineNamed(arn)
	if m == nil {
		return nil // the API answers the same
	}
	b := &kv.Batch{}
	b.Delete([]byte(keyMachine + m.Name))
	if err := s.Store.Commit(b); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.machines, arn)
	s.mu.Unlock()
	return nil
}

func (s *Service) machineNamed(arn string) *machine {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.machines[arn]
}

func (s *Service) loadMachines() error {
	var bad error
	found := map[string]*machine{}
	err := s.Store.Scan([]byte(keyMachine), kv.PrefixEnd([]byte(keyMachine)), false, func(k, v []byte) bool {
		m := &machine{past: &pastRevisions{byID: map[string]*asl.Machine{}}}
		if bad = json.Unmarshal(v, m); bad != nil {
			return false
		}
		m.compiled, bad = asl.Parse([]byte(m.Definition))
		found[m.ARN] = m
		return bad == nil
	})
	if err == nil {
		err = bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, m := range found {
		s.machines[arn] = m
	}
	return err
}

// revision returns the machine and the definition that a stored run began with. A
// machine that was deleted meanwhile is made up from what the run knows.
func (s *Service) revision(arn, revision string) (*machine, *asl.Machine, error) {
	m := s.machineNamed(arn)
	if m == nil {
		name := arn[lastColon(arn)+1:]
		m = &machine{Name: name, ARN: arn, past: &pastRevisions{byID: map[string]*asl.Machine{}}}
	}
	if m.Revision == revision {
		return m, m.compiled, nil
	}
	m.past.mu.Lock()
	defer m.past.mu.Unlock()
	if d := m.past.byID[revision]; d != nil {
		return m, d, nil
	}
	text, ok, err := s.Store.Get([]byte(keyRevision + m.Name + "\x00" + revision))
	if err != nil || !ok {
		return nil, nil, fmt.Errorf("stepfunctions: no definition %s of %s is kept: %w", revision, arn, err)
	}
	d, err := asl.Parse(text)
	if err == nil {
		m.past.byID[revision] = d
	}
	return m, d, err
}
