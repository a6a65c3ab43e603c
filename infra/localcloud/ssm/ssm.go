// Package ssm serves the part of AWS Systems Manager that reads parameters. Their
// values come from the template.
package ssm

import (
	"net/http"
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
	s.meter.Add("ssm.requests", 1)
	wire.Serve(w, r, s.do)
}

func (s *Service) do(operation string, body []byte) (any, error) {
	var in struct {
		Name           string
		Names          []string
		WithDecryption *bool
	}
	if err := wire.Read(body, &in, "of Systems Manager operations", "SerializationException"); err != nil {
		return nil, err
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
