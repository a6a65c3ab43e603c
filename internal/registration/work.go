package registration

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
)

// work is one registration under a lease.
type work struct {
	*Registrar
	ref    trigger.RegistrationRef
	holder string
	reg    trigger.Registration
	secret string // opened, to be kept out of texts
	sure   bool   // the service had confirmed the hook before this work began
}

// errLost says that the lease is another's by now, who goes on.
var errLost = fault.New(fault.Conflict, fault.CodeConflict, "Another invocation works on the registration.")

// settle does what is to be done and sets the state; due is when to look again.
// An error means that nothing may be written: the store failed, or the lease is lost.
func (w *work) settle(ctx context.Context) (due time.Time, err error) {
	s := &w.reg.State
	if s.Rev != w.reg.Rev {
		s.Rev, s.Attempts = w.reg.Rev, 0
	}
	bounded, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if w.reg.Want.Active {
		err = w.register(bounded)
	} else {
		err = w.remove(bounded)
	}
	var broken *storeError
	if asStore(err, &broken) {
		return time.Time{}, broken.error
	}
	return w.conclude(err), nil
}

// remove takes away what is there.
func (w *work) remove(ctx context.Context) error {
	held := w.reg.State.Held
	if held == nil {
		return nil
	}
	if err := w.doubt(ctx, held); err != nil {
		return err
	}
	if err := w.unregister(ctx, held); err != nil {
		return err
	}
	w.reg.State.Held = nil
	return nil
}

// doubt notes that the hook may be gone, before anything makes it so: whoever
// wants it later, and finds this work broken off, asks the service.
func (w *work) doubt(ctx context.Context, held *trigger.Held) error {
	if !held.Confirmed {
		return nil
	}
	held.Confirmed = false
	return w.note(ctx)
}

// unregister removes every hook of the service that has the held address.
func (w *work) unregister(ctx context.Context, held *trigger.Held) error {
	c, err := w.caller(ctx, held)
	if err != nil {
		return err
	}
	hooks, err := w.ours(ctx, c, held)
	if err != nil {
		return err
	}
	for _, h := range hooks {
		if _, err := c.ask(ctx, opUnregister, h.ID); err != nil {
			return err
		}
	}
	return nil
}

// ours are the service's hooks with the held address, the known one first.
func (w *work) ours(ctx context.Context, c *caller, held *trigger.Held) ([]found, error) {
	all, err := c.ask(ctx, opCheck, held.Hook)
	if err != nil {
		return nil, err
	}
	var out []found
	for _, h := range all {
		switch {
		case h.URL != held.Address:
			if err := w.yield(ctx, c, h.URL); err != nil {
				return nil, err
			}
		case h.ID == held.Hook:
			out = append([]found{h}, out...)
		default:
			out = append(out, h)
		}
	}
	return out, nil
}

// yield refuses to take an account that calls one address only away from another
// active trigger of the platform. Addresses elsewhere, and those that are on their
// way out, are replaced.
func (w *work) yield(ctx context.Context, c *caller, address string) error {
	rest, ok := strings.CutPrefix(address, w.PublicURL+"/hooks/")
	if !ok || !c.typ.Registration.Single || !w.reg.Want.Active {
		return nil
	}
	of, path, _ := strings.Cut(rest, "/")
	if of == string(w.ref.Tenant) {
		other, err := w.Others.Registration(ctx, w.ref.Tenant, trigger.RegistrationID(w.ref.Tenant, path))
		switch {
		case fault.Is(err, fault.NotFound), err == nil && !other.Want.Active:
			return nil
		case err != nil:
			return &storeError{err}
		}
	}
	return fault.New(fault.Conflict, fault.CodeConflict, "The account calls another active trigger of this platform already, and can call only one address. "+
		"Deactivate that workflow, or use an account of its own here")
}

// register sees to it that the service has the address exactly once.
func (w *work) register(ctx context.Context) error {
	s, want := &w.reg.State, w.reg.Want
	address := w.PublicURL + "/hooks/" + string(w.reg.Tenant) + "/" + escapePath(want.Path)
	if u, err := url.Parse(w.PublicURL); err != nil || u.Scheme != "https" || u.Host == "" {
		return fault.New(fault.Invalid, fault.CodeValidation,
			"The platform has no public https address, which services could call: its parameter PublicUrl is %q. An operator has to set it", w.PublicURL)
	}
	if held := s.Held; held != nil {
		same := trigger.Fingerprint(held.Source) == trigger.Fingerprint(want.Source) && held.Address == address
		switch {
		case same && held.Confirmed && !want.Check && !w.renews(held):
			return nil
		case !same:
			if err := w.replace(ctx, held); err != nil {
				return err
			}
		}
	}
	if err := w.hold(ctx, address); err != nil {
		return err
	}
	c, err := w.caller(ctx, s.Held)
	if err != nil {
		return err
	}
	return w.ensure(ctx, c)
}

// replace takes away what an earlier form of the node registered. If its
// credential no longer may, nothing of ours can: the new hook is made all the same.
func (w *work) replace(ctx context.Context, held *trigger.Held) error {
	if err := w.doubt(ctx, held); err != nil {
		return err
	}
	err := w.unregister(ctx, held)
	if err != nil && w.transient(err) {
		return err
	}
	if err != nil {
		w.Log.Warn("a replaced registration could not be removed", "tenantId", string(w.ref.Tenant), "registrationId", string(w.ref.ID), "error", w.hide(err.Error()))
	}
	w.reg.State.Held = nil
	if typ := service.Of(w.reg.Want.Type); typ != nil && typ.Registration != nil && typ.Registration.Secret == service.Chosen {
		w.reg.State.Held = &trigger.Held{Secret: held.Secret} // calls that are under way are signed with it
	}
	return nil
}

// renewAhead is how long before its end a hook is renewed.
const renewAhead = 24 * time.Hour

func (w *work) renews(h *trigger.Held) bool {
	return !h.Expires.IsZero() && !w.Clock.Now().Before(renewalOf(h))
}

// renewalOf is a day before the end, and half of the time for hooks that live shorter.
func renewalOf(h *trigger.Held) time.Time {
	ahead := min(renewAhead, h.Expires.Sub(h.Updated)/2)
	return h.Expires.Add(-ahead)
}

// hold notes node and secret before anything is made with them.
func (w *work) hold(ctx context.Context, address string) error {
	s := &w.reg.State
	if s.Held == nil {
		s.Held = &trigger.Held{}
	}
	h := s.Held
	h.Source, h.Address = w.reg.Want.Source, address
	w.sure, h.Confirmed = h.Confirmed, false // until the service has said so again
	_, n, err := trigger.ParseSource(h.Source)
	if err != nil {
		return err
	}
	typ := service.Of(n.Type)
	if typ != nil && typ.Registration != nil && typ.Registration.Secret == service.Chosen && len(h.Secret.Data) == 0 {
		boxes, err := w.Seals.Seal(ctx, trigger.SecretOwner(w.ref.Tenant, w.ref.ID), map[string]string{trigger.FieldSecret: ident.Secret()})
		if err != nil {
			return err
		}
		h.Secret = boxes[trigger.FieldSecret]
	}
	return w.note(ctx)
}

// note writes the state in the middle of the work.
func (w *work) note(ctx context.Context) error {
	ok, err := w.Store.NoteRegistration(ctx, w.ref, w.holder, w.reg.State)
	if err == nil && !ok {
		err = errLost
	}
	if err != nil {
		return &storeError{err}
	}
	return nil
}

// ensure leaves one hook with our address at the service.
func (w *work) ensure(ctx context.Context, c *caller) error {
	h := w.reg.State.Held
	hooks, err := w.ours(ctx, c, h)
	if err != nil {
		return err
	}
	keep := -1
	if len(hooks) > 0 && (adopts(c.typ) || w.sure && hooks[0].ID == h.Hook && !w.renews(h)) {
		keep = 0
	}
	for i, x := range hooks {
		if i != keep {
			if _, err := c.ask(ctx, opUnregister, x.ID); err != nil {
				return err
			}
		}
	}
	switch {
	case keep < 0:
		return w.create(ctx, c)
	case adopts(c.typ):
		return w.adopt(ctx, c, hooks[keep])
	}
	h.Confirmed = true
	return nil
}

func (w *work) create(ctx context.Context, c *caller) error {
	made, err := c.ask(ctx, opRegister, "")
	if err != nil {
		return err
	}
	if len(made) != 1 || made[0].ID == "" {
		return fault.New(fault.Unavailable, fault.CodeUpstream, "The service did not say which webhook it made")
	}
	return w.confirm(ctx, c, made[0])
}

func (w *work) adopt(ctx context.Context, c *caller, old found) error {
	now, err := c.ask(ctx, opAdopt, old.ID)
	if err != nil {
		return err
	}
	out := old
	if len(now) > 0 {
		if out = now[0]; out.ID == "" {
			out.ID = old.ID
		}
	}
	return w.confirm(ctx, c, out)
}

// confirm keeps what the service said.
func (w *work) confirm(ctx context.Context, c *caller, made found) error {
	h := w.reg.State.Held
	if c.typ.Registration.Secret == service.Given && made.Secret != "" {
		boxes, err := w.Seals.Seal(ctx, trigger.SecretOwner(w.ref.Tenant, w.ref.ID), map[string]string{trigger.FieldSecret: made.Secret})
		if err != nil {
			return err
		}
		h.Secret = boxes[trigger.FieldSecret]
	}
	h.Hook, h.Expires, h.Updated, h.Confirmed = made.ID, made.Expires, w.Clock.Now().UTC(), true
	return nil
}

// caller makes the one who speaks to the service for what is held.
func (w *work) caller(ctx context.Context, h *trigger.Held) (*caller, error) {
	c, err := newCaller(w.Services, w.Clock, w.ref.Tenant, h.Source)
	if err != nil {
		return nil, err
	}
	if len(h.Secret.Data) > 0 {
		texts, err := w.Seals.Unseal(ctx, trigger.SecretOwner(w.ref.Tenant, w.ref.ID), map[string]credential.Box{trigger.FieldSecret: h.Secret})
		if err != nil {
			return nil, err
		}
		w.secret = texts[trigger.FieldSecret]
	}
	c.given.Set("url", h.Address)
	c.given.Set("tag", string(w.ref.ID))
	c.given.Set("secret", w.secret)
	return c, w.shown(ctx, c)
}

// shown gives the requests what the owner wants callers to show.
func (w *work) shown(ctx context.Context, c *caller) error {
	used, ok := c.typ.Credential(c.node)
	if !ok || c.typ.Verify.Scheme != service.Basic {
		return nil
	}
	fields, err := w.Services.Credentials.Open(ctx, string(w.ref.Tenant), used.Type, c.node.Credentials[used.Type])
	if err != nil {
		return err
	}
	c.given.Set("user", fields["user"])
	c.given.Set("password", fields["password"])
	return nil
}

func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
