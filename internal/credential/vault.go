package credential

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Vault is where tenants keep credentials. It seals and never opens: the function
// that it runs in has no right to.
type Vault struct {
	Store     Store
	Sealer    Sealer
	Workflows Workflows
	Types     *Registry
	Clock     clock.Clock
}

// New is a credential to be made.
type New struct {
	Type, Name string
	Fields     map[string]string
	Domains    []string
}

// Change is a change of a credential. What is nil stays; a field that is not
// named keeps its value, a field that is "" loses it.
type Change struct {
	Name    *string
	Fields  map[string]string
	Domains *[]string
}

// changeTries bounds the rounds of a change against other writers.
const changeTries = 5

// Create makes a credential.
func (v *Vault) Create(ctx context.Context, by tenant.Actor, t ident.Tenant, n New) (Record, error) {
	k, err := v.kind(n.Type)
	if err != nil {
		return Record{}, err
	}
	now := v.now()
	r := Record{
		Tenant: t, ID: ident.Credential(ident.New(ident.PrefixCredential, now)), Type: k.Type,
		CreatedAt: now, CreatedBy: by.ID, UpdatedAt: now, UpdatedBy: by.ID,
	}
	if r.Name, err = checkName(n.Name); err != nil {
		return Record{}, err
	}
	if r.Domains, err = checkDomains(n.Domains); err != nil {
		return Record{}, err
	}
	if err := v.room(ctx, t); err != nil {
		return Record{}, err
	}
	if err := v.fill(ctx, &r, k, n.Fields); err != nil {
		return Record{}, err
	}
	return r, v.save(ctx, by, Saving{Record: r}, "credential.created", nil)
}

func (v *Vault) kind(typ string) (*Kind, error) {
	k := v.Types.Get(typ)
	if k == nil {
		return nil, refuse("body.type", "There is no credential type %q; GET /api/credential-types lists them.", typ)
	}
	return k, nil
}

// room refuses the credential that would be one too many. Two made at the same
// moment may both pass: the limit only keeps lists short.
func (v *Vault) room(ctx context.Context, t ident.Tenant) error {
	items, next, err := v.Store.Credentials(ctx, t, tenant.Paging{Limit: MaxPerTenant})
	if err == nil && (next != "" || len(items) >= MaxPerTenant) {
		err = fault.New(fault.Conflict, fault.CodeConflict, "The tenant has %d credentials, which is the most; delete some that are not used.", MaxPerTenant)
	}
	return err
}

// fill puts fields into a record: what is secret is sealed.
func (v *Vault) fill(ctx context.Context, r *Record, k *Kind, fields map[string]string) error {
	given := map[string]bool{}
	for name := range r.Values {
		given[name] = true
	}
	for name := range r.Secrets {
		given[name] = true
	}
	for name, value := range fields {
		given[name] = value != ""
	}
	known := maps.Clone(r.Values)
	if known == nil {
		known = map[string]string{}
	}
	maps.Copy(known, fields)
	if err := k.checkFields(known, given); err != nil {
		return err
	}
	values, secrets := map[string]string{}, map[string]Box{}
	maps.Copy(values, r.Values)
	maps.Copy(secrets, r.Secrets)
	seal := map[string]string{}
	for name, value := range fields {
		delete(values, name)
		delete(secrets, name)
		switch {
		case value == "":
		case k.IsSecret(name):
			seal[name] = value
		default:
			values[name] = value
		}
	}
	if len(seal) > 0 {
		boxes, err := v.Sealer.Seal(ctx, r.Owner(), seal)
		if err != nil {
			return err
		}
		maps.Copy(secrets, boxes)
	}
	r.Values, r.Secrets = values, secrets
	if data, ok := secrets[FieldTokenData]; ok && fields[FieldTokenData] != "" { // brought from elsewhere
		delete(secrets, FieldTokenData)
		r.Token = Token{Version: r.Token.Version + 1, Box: data, GotAt: v.now(), ExpiresAt: v.now()}
		r.Lease = Lease{}
	}
	return nil
}

// Update changes a credential.
func (v *Vault) Update(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Credential, c Change) (Record, error) {
	var last error
	for range changeTries {
		before, err := v.Store.Credential(ctx, t, id)
		if err != nil {
			return Record{}, err
		}
		after, err := v.changed(ctx, by, before, c)
		if err != nil {
			return Record{}, err
		}
		last = v.save(ctx, by, Saving{Record: after, Before: before.Name}, "credential.updated", before.shown())
		if last == nil {
			after.Rev++
			return after, nil
		}
		if !fault.Is(last, fault.Conflict) || fault.Of(last).Code == CodeNameTaken {
			return Record{}, last
		}
	}
	return Record{}, last
}

// CodeNameTaken is the code of a name that another credential of the type has.
const CodeNameTaken fault.Code = "CREDENTIAL_NAME_TAKEN"

func (v *Vault) changed(ctx context.Context, by tenant.Actor, before Record, c Change) (Record, error) {
	k, err := v.kind(before.Type)
	if err != nil {
		return Record{}, err
	}
	r := before
	r.UpdatedAt, r.UpdatedBy = v.now(), by.ID
	if c.Name != nil {
		if r.Name, err = checkName(*c.Name); err != nil {
			return Record{}, err
		}
	}
	if c.Domains != nil {
		if r.Domains, err = checkDomains(*c.Domains); err != nil {
			return Record{}, err
		}
	}
	fields := before.news(k, c.Fields)
	if err := mayRedirect(by, before, r, k, fields); err != nil {
		return Record{}, err
	}
	if len(fields) > 0 && k.HasToken() { // the token belongs to what was before
		r.Token, r.Lease = Token{Version: before.Token.Version + 1}, Lease{}
	}
	return r, v.fill(ctx, &r, k, fields)
}

// news are the fields that differ from what is stored; of secrets nobody here
// knows, so each that is named counts.
func (r *Record) news(k *Kind, fields map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range fields {
		if k.IsSecret(name) || r.Values[name] != value {
			out[name] = value
		}
	}
	return out
}

// mayRedirect refuses to send secrets that the caller does not know elsewhere.
// Whoever uses a credential need not know it; but who could change its server, or
// the domains that may get it, would learn it.
func mayRedirect(by tenant.Actor, before, after Record, k *Kind, fields map[string]string) error {
	if by.Role.Allows(tenant.Owner) {
		return nil
	}
	moved := !slices.Equal(before.Domains, after.Domains)
	for name := range fields {
		moved = moved || !k.IsSecret(name) && name != "customScopes" && name != "enabledScopes"
	}
	if !moved {
		return nil
	}
	for name := range before.Secrets {
		if _, again := fields[name]; !again {
			return fault.New(fault.Forbidden, fault.CodeForbidden,
				"Where a credential goes can be changed by an owner, or by who sends its secrets again: %s is missing.", name)
		}
	}
	return nil
}

// Get returns a credential.
func (v *Vault) Get(ctx context.Context, t ident.Tenant, id ident.Credential) (Record, error) {
	return v.Store.Credential(ctx, t, id)
}

// List lists a tenant's credentials, newest first.
func (v *Vault) List(ctx context.Context, t ident.Tenant, p tenant.Paging) ([]Record, string, error) {
	return v.Store.Credentials(ctx, t, p)
}

// maxNamed is how many workflows a refusal names.
const maxNamed = 10

// Delete removes a credential. One that workflows refer to stays unless force is
// set; their nodes then fail with CREDENTIAL_MISSING.
func (v *Vault) Delete(ctx context.Context, by tenant.Actor, t ident.Tenant, id ident.Credential, force bool) error {
	r, err := v.Store.Credential(ctx, t, id)
	if err != nil {
		return err
	}
	users, err := v.Workflows.UsersOf(ctx, t, id, r.Type, r.Name)
	if err != nil {
		return err
	}
	if len(users) > 0 && !force {
		named := strings.Join(users[:min(len(users), maxNamed)], ", ")
		return fault.New(fault.Conflict, fault.CodeCredentialInUse,
			"%d workflows use the credential: %s. Give their nodes another one, or delete it with force=true: the nodes then fail.", len(users), named)
	}
	return v.save(ctx, by, Saving{Record: r, Delete: true, Before: r.Name}, "credential.deleted", r.shown())
}

func (v *Vault) save(ctx context.Context, by tenant.Actor, s Saving, action string, before any) error {
	var after any
	if !s.Delete {
		after = s.Record.shown()
	}
	s.Audit = tenant.NewAudit(v.now(), tenant.Audit{Tenant: s.Record.Tenant, Actor: by, Action: action, Target: string(s.Record.ID)}, before, after)
	return v.Store.SaveCredential(ctx, s)
}

// shown is what an audit record says of a credential.
func (r *Record) shown() map[string]any {
	return map[string]any{
		"type": r.Type, "name": r.Name, "fields": r.Values, "secrets": slices.Sorted(maps.Keys(r.Secrets)), "allowedDomains": r.Domains,
	}
}

func (v *Vault) now() time.Time { return v.Clock.Now().UTC() }
