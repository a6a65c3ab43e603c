// Package ssm serves the part of AWS Systems Manager that reads parameters. Their
// values come from the template.
package ssm

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// Parameter is one parameter.
type Parameter struct{ Name, Type, Value string }

// Service is the parameter store; it is an http.Handler.
type Service struct {
	meter *meter.Meter

	mu         sync.RWMutex
	parameters map[string]Parameter
}

// New returns a service without parameters.
func New(m *meter.Meter) *Service { return &Service{meter: m, parameters: map[string]Parameter{}} }

// Add puts a parameter in, or replaces it.
func (s *Service) Add(p Parameter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parameters[p.Name] = p
}

// ServeHTTP serves the JSON protocol of Systems Manager.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := wire.Body(r)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	s.meter.Add("ssm.requests", 1)
	out, err := s.do(wire.Operation(r), body)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	answer, err := json.Marshal(out)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	wire.WriteJSON(w, http.StatusOK, answer)
}

func (s *Service) do(operation string, body []byte) (any, error) {
	var in struct {
		Name           string
		Names          []string
		WithDecryption *bool
	}
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, wire.Unsupported("this request: " + err.Error())
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch operation {
	case "GetParameter":
		p, ok := s.parameters[in.Name]
		if !ok {
			return nil, wire.Errorf("ParameterNotFound", "Parameter %s not found.", in.Name)
		}
		return map[string]any{"Parameter": p}, nil
	case "GetParameters":
		found, missing := []Parameter{}, []string{}
		for _, name := range in.Names {
			if p, ok := s.parameters[name]; ok {
				found = append(found, p)
			} else {
				missing = append(missing, name)
			}
		}
		return map[string]any{"Parameters": found, "InvalidParameters": missing}, nil
	}
	return nil, wire.Unsupported("the operation " + operation + " of Systems Manager")
}
