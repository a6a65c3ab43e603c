package registration

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
)

// storeError is a failure of our own store: nothing may be written after it.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

func asStore(err error, into **storeError) bool { return errors.As(err, into) }

const (
	firstPause = 30 * time.Second
	maxPause   = time.Hour
	// maxAttempts of half a minute, a minute, two … an hour: about 13 hours.
	maxAttempts = 20
)

// conclude turns the outcome into the state; due is when to look again.
func (w *work) conclude(err error) (due time.Time) {
	s, now := &w.reg.State, w.Clock.Now().UTC()
	before := s.Status
	switch {
	case err == nil:
		s.Status, s.Problem, s.Attempts = trigger.RegistrationRegistered, "", 0
		if s.Held != nil && !s.Held.Expires.IsZero() {
			due = renewalOf(s.Held)
		}
	case w.transient(err) && s.Attempts+1 < maxAttempts:
		s.Attempts++
		s.Status, s.Problem = trigger.RegistrationPending, w.problem(err)
		due = now.Add(pause(s.Attempts, fault.Of(err).RetryAfter))
	default:
		s.Attempts++
		s.Status, s.Problem = trigger.RegistrationFailed, w.problem(err)
		if !w.reg.Want.Active { // nobody waits for it; the record goes in time
			due = time.Time{}
		}
	}
	if s.Status != before {
		s.Since = now
	}
	if err != nil {
		w.Log.Warn("a registration failed", "tenantId", string(w.ref.Tenant), "registrationId", string(w.ref.ID),
			"workflowId", string(w.reg.Want.Workflow), "status", string(s.Status), "attempts", s.Attempts, "error", w.hide(err.Error()))
	}
	return due
}

// pause doubles with every attempt, with some chance in it; the service's wish counts.
func pause(attempt int, asked time.Duration) time.Duration {
	p := maxPause
	if attempt < 8 {
		p = min(firstPause<<(attempt-1), maxPause)
	}
	p = time.Duration(float64(p) * (0.75 + 0.5*ident.Fraction()))
	return max(p, min(asked, maxPause))
}

func (w *work) transient(err error) bool {
	f := fault.Of(err)
	return f.Transient() || f.Kind == fault.Internal || f.Kind == fault.Cancelled
}

// problem is what the tenant reads: what is wrong and what to do.
func (w *work) problem(err error) string {
	f := fault.Of(err)
	text := trimDot(f.Message)
	if detail := node.DetailOf(err); detail != "" && detail != f.Message {
		text += " (" + trimDot(detail) + ")"
	}
	name, help := "the service", ""
	if typ := w.typ(); typ != nil {
		name = serviceName(typ)
		if typ.Registration != nil && f.Code != fault.CodeValidation { // that is the platform's
			help = " " + typ.Registration.Help
		}
	}
	if !w.reg.Want.Active {
		return w.hide("The address could not be removed at " + name + ": " + text + ". Remove the webhook there by hand; the platform answers its calls with 404.")
	}
	if w.transient(err) && w.reg.State.Attempts < maxAttempts {
		return w.hide("The address could not be registered at " + name + " yet: " + text + ". It is tried again by itself.")
	}
	return w.hide("The address could not be registered at " + name + ": " + text + "." + help +
		" Then activate the workflow again. Or register the address there by hand.")
}

func (w *work) typ() *service.Type {
	typ := w.reg.Want.Type
	if typ == "" && w.reg.State.Held != nil {
		if _, n, err := trigger.ParseSource(w.reg.State.Held.Source); err == nil {
			typ = n.Type
		}
	}
	return service.Of(typ)
}

func (w *work) hide(text string) string {
	if len(w.secret) < credential.MinSecret {
		return text
	}
	return credential.Hide(text, []string{w.secret})
}

// inParallel runs f for each value, some at once, and joins the errors.
func inParallel[T any](n int, list []T, f func(T) error) error {
	var wait sync.WaitGroup
	errs := make([]error, len(list))
	slots := make(chan struct{}, n)
	for i, x := range list {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			errs[i] = f(x)
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func trimDot(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), ".") }

func serviceName(t *service.Type) string { return strings.TrimSuffix(t.Name, " Trigger") }
