// Package secretsmanager serves the part of AWS Secrets Manager that reads and
// replaces the value of secrets.
package secretsmanager

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Options are what the service needs.
type Options struct {
	Store kv.Store
	Clock clock.Clock
	Meter *meter.Meter
}

// Service is Secrets Manager; it is an http.Handler.
type Service struct {
	opts Options

	mu      sync.Mutex
	secrets map[string]*secret // by name
}

type secret struct {
	Name    string
	ARN     string
	Value   string
	Version string
	Created time.Time
}

const prefix = "secret/"

// New returns a service without secrets.
func New(o Options) *Service { return &Service{opts: o, secrets: map[string]*secret{}} }

// Add makes a secret with a first value, or opens it if it was made before.
func (s *Service) Add(name, arn, first string) error {
	v, ok, err := s.opts.Store.Get([]byte(prefix + name))
	if err != nil {
		return err
	}
	sec := &secret{}
	if ok {
		if err := json.Unmarshal(v, sec); err != nil {
			return err
		}
	}
	sec.Name, sec.ARN = name, arn
	s.mu.Lock()
	s.secrets[name] = sec
	s.mu.Unlock()
	if ok {
		return nil
	}
	return s.Set(name, first)
}

// Set replaces the value of a secret.
func (s *Service) Set(name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.find(name)
	if old == nil {
		return notFound()
	}
	now := s.opts.Clock.Now()
	sec := &secret{Name: old.Name, ARN: old.ARN, Value: value, Version: ident.New("version", now), Created: now}
	v, err := json.Marshal(sec)
	if err != nil {
		return err
	}
	b := &kv.Batch{}
	b.Set([]byte(prefix+sec.Name), v)
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	s.secrets[sec.Name] = sec
	return nil
}

// find returns a secret by name or ARN; the caller holds the lock.
func (s *Service) find(ref string) *secret {
	for _, sec := range s.secrets {
		if sec.Name == ref || sec.ARN == ref {
			return sec
		}
	}
	return nil
}

func notFound() error {
	return wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

// ServeHTTP serves the JSON protocol of Secrets Manager.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.opts.Meter.Add("secretsmanager.requests", 1)
	wire.Serve(w, r, s.do)
}

func (s *Service) do(operation string, body []byte) (any, error) {
	if operation != "GetSecretValue" && operation != "PutSecretValue" {
		return nil, wire.Unsupported("the operation " + operation + " of Secrets Manager")
	}
	var in struct {
		SecretID           string `json:"SecretId"`
		VersionID          string `json:"VersionId"`
		VersionStage       string
		SecretString       string
		ClientRequestToken string
	}
	if err := wire.Read(body, &in, "of Secrets Manager operations", "SerializationException"); err != nil {
		return nil, err
	}
	if in.VersionStage != "" && in.VersionStage != "AWSCURRENT" {
		return nil, wire.Unsupported("the version stage " + in.VersionStage)
	}
	if operation == "PutSecretValue" {
		if err := s.Set(in.SecretID, in.SecretString); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sec := s.find(in.SecretID)
	if sec == nil || (in.VersionID != "" && in.VersionID != sec.Version) {
		return nil, notFound()
	}
	out := map[string]any{"ARN": sec.ARN, "Name": sec.Name, "VersionId": sec.Version, "VersionStages": []string{"AWSCURRENT"}}
	if operation == "GetSecretValue" {
		out["SecretString"], out["CreatedDate"] = sec.Value, float64(sec.Created.UnixMilli())/1000
	}
	return out, nil
}
