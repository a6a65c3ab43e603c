package trigger

import (
	"bytes"
	"context"
	"sync"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// RegistrationReader reads registrations. What does not exist is fault.NotFound.
type RegistrationReader interface {
	Registration(ctx context.Context, t ident.Tenant, id ident.Registration) (Registration, error)
}

// Secrets opens the secrets with which services sign their calls. It is safe for
// concurrent use.
type Secrets struct {
	Store    RegistrationReader
	Unsealer credential.Unsealer

	mu     sync.Mutex
	opened map[RegistrationRef]openedSecret
}

// openedSecret is good for the box that it came out of.
type openedSecret struct {
	data []byte
	text string
}

// maxOpened bounds what one function keeps in memory.
const maxOpened = 1000

// Secret is the secret of the registration of a hook; "" if it has none.
func (s *Secrets) Secret(ctx context.Context, h Hook) (string, error) {
	ref := RegistrationRef{h.Tenant, RegistrationID(h.Tenant, h.Path)}
	r, err := s.Store.Registration(ctx, ref.Tenant, ref.ID)
	if fault.Is(err, fault.NotFound) {
		return "", nil // of a workflow that was activated before triggers registered themselves
	}
	if err != nil {
		return "", err
	}
	held := r.State.Held
	if held == nil || len(held.Secret.Data) == 0 {
		return "", nil
	}
	if text, ok := s.known(ref, held.Secret.Data); ok {
		return text, nil
	}
	texts, err := s.Unsealer.Unseal(ctx, SecretOwner(ref.Tenant, ref.ID), map[string]credential.Box{FieldSecret: held.Secret})
	if err != nil {
		return "", err
	}
	s.keep(ref, openedSecret{held.Secret.Data, texts[FieldSecret]})
	return texts[FieldSecret], nil
}

func (s *Secrets) known(ref RegistrationRef, data []byte) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.opened[ref]
	return o.text, ok && bytes.Equal(o.data, data)
}

func (s *Secrets) keep(ref RegistrationRef, o openedSecret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened == nil || len(s.opened) >= maxOpened {
		s.opened = map[RegistrationRef]openedSecret{}
	}
	s.opened[ref] = o
}
