package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// KeptCredential is a credential without its secrets, which go in and never come out.
type KeptCredential struct {
	ID             ident.Credential  `json:"id"`
	Type           string            `json:"type" example:"slackApi"`
	Name           string            `json:"name"`
	Fields         map[string]string `json:"fields" nullable:"false" doc:"The values that are no secrets."`
	Secrets        []string          `json:"secrets" nullable:"false" doc:"The names of the secret fields that are set."`
	AllowedDomains []string          `json:"allowedDomains" nullable:"false" doc:"Hosts that may get it, set by its owner; empty: those of the type."`
	TypeDomains    []string          `json:"typeDomains" nullable:"false" doc:"Hosts that may get it where allowedDomains is empty; {field} stands for a secret field. If both are empty, any may."`
	Token          *TokenState       `json:"token,omitempty" doc:"Of types whose tokens are fetched and renewed."`
	CreatedAt      Stamp             `json:"createdAt"`
	CreatedBy      string            `json:"createdBy"`
	UpdatedAt      Stamp             `json:"updatedAt"`
	UpdatedBy      string            `json:"updatedBy"`
	LastUsed       *Stamp            `json:"lastUsed,omitempty" doc:"To the minute."`
}

// TokenState says whether a credential has a token.
type TokenState struct {
	Connected bool   `json:"connected"`
	ExpiresAt *Stamp `json:"expiresAt,omitempty" doc:"It is renewed before."`
	Problem   string `json:"problem,omitempty" doc:"Why it must be connected again."`
}

func keptCredentialOf(r credential.Record) KeptCredential {
	c := KeptCredential{
		ID: r.ID, Type: r.Type, Name: r.Name, Fields: r.Values, Secrets: some(slices.Sorted(maps.Keys(r.Secrets))),
		AllowedDomains: some(r.Domains), TypeDomains: []string{}, CreatedAt: Stamp(r.CreatedAt), CreatedBy: r.CreatedBy,
		UpdatedAt: Stamp(r.UpdatedAt), UpdatedBy: r.UpdatedBy, LastUsed: stamp(r.LastUsed),
	}
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	k := credential.Kinds().Get(r.Type)
	if k == nil {
		return c
	}
	c.TypeDomains = some(k.ShownDomains(r.Values))
	if k.HasToken() {
		c.Token = &TokenState{Connected: r.Token.Given() && r.Token.Failed == "", ExpiresAt: stamp(r.Token.ExpiresAt), Problem: r.Token.Failed}
	}
	return c
}

// CredentialRequest makes a credential.
type CredentialRequest struct {
	Type           string         `json:"type" maxLength:"100"`
	Name           string         `json:"name" maxLength:"200"`
	Fields         map[string]any `json:"fields,omitempty" doc:"By the names of the type's fields. Secrets are sealed and never shown."`
	AllowedDomains []string       `json:"allowedDomains,omitempty" maxItems:"50" doc:"Hosts that may get it: api.example.com, *.example.com or *."`
}

// CredentialChange changes a credential. What is left out stays as it is, a secret too.
type CredentialChange struct {
	Name           *string        `json:"name,omitempty" maxLength:"200"`
	Fields         map[string]any `json:"fields,omitempty" doc:"Only those that change; an empty text takes a value away."`
	AllowedDomains *[]string      `json:"allowedDomains,omitempty" maxItems:"50"`
}

// CredentialPath names a credential in a route; it is exported because huma reads
// no parameters of others.
type CredentialPath struct {
	ID ident.Credential `path:"id" doc:"The credential's id." maxLength:"60"`
}

const listCredentials = "credentials"

// The routes of credentials need the role editor to read, too: whoever only looks
// at runs has no business with them.
func credentialRoutes(a *API) {
	type output struct{ Body KeptCredential }
	read := route{tag: "credentials", role: tenant.Editor, scope: tenant.ReadCredentials, errors: []int{http.StatusNotFound}}
	write := route{tag: "credentials", role: tenant.Editor, scope: tenant.WriteCredentials, errors: []int{http.StatusConflict}}
	add(a, read.at("listCredentials", http.MethodGet, "/api/credentials", "List the tenant's credentials, newest first"),
		func(ctx context.Context, in *PageInput) (*ListOutput[KeptCredential], error) {
			t := caller(ctx).Tenant
			p, err := in.paging(t, listCredentials)
			if err != nil {
				return nil, err
			}
			records, next, err := a.Vault.List(ctx, t, p)
			if err != nil {
				return nil, err
			}
			items := make([]KeptCredential, len(records))
			for i, r := range records {
				items[i] = keptCredentialOf(r)
			}
			return pageOf(t, listCredentials, items, next), nil
		})
	add(a, read.at("getCredential", http.MethodGet, "/api/credentials/{id}", "Read a credential, without its secrets"),
		func(ctx context.Context, in *CredentialPath) (*output, error) {
			r, err := a.Vault.Get(ctx, caller(ctx).Tenant, in.ID)
			return &output{keptCredentialOf(r)}, err
		})
	add(a, write.at("createCredential", http.MethodPost, "/api/credentials", "Make a credential").gives(http.StatusCreated),
		func(ctx context.Context, in *struct{ Body CredentialRequest }) (*output, error) {
			who := caller(ctx)
			r, err := a.Vault.Create(ctx, who.Actor, who.Tenant, credential.New{
				Type: in.Body.Type, Name: in.Body.Name, Fields: texts(in.Body.Fields), Domains: in.Body.AllowedDomains,
			})
			return &output{keptCredentialOf(r)}, err
		})
	change := write.at("updateCredential", http.MethodPut, "/api/credentials/{id}", "Change a credential").refuses(http.StatusNotFound)
	change.about = "Fields that are left out keep their values. Changing where a credential goes (its server, its domains) takes an owner, or all of its secrets again."
	add(a, change, func(ctx context.Context, in *struct {
		CredentialPath
		Body CredentialChange
	}) (*output, error) {
		who := caller(ctx)
		r, err := a.Vault.Update(ctx, who.Actor, who.Tenant, in.ID, credential.Change{
			Name: in.Body.Name, Fields: texts(in.Body.Fields), Domains: in.Body.AllowedDomains,
		})
		return &output{keptCredentialOf(r)}, err
	})
	add(a, write.at("deleteCredential", http.MethodDelete, "/api/credentials/{id}", "Delete a credential that no workflow uses").refuses(http.StatusNotFound),
		a.deleteCredential)
}

func (a *API) deleteCredential(ctx context.Context, in *struct {
	CredentialPath
	Force bool `query:"force" doc:"Delete it although workflows use it; this takes the role owner."`
}) (*empty, error) {
	who := caller(ctx)
	if in.Force && !who.Role.Allows(tenant.Owner) {
		return nil, fault.New(fault.Forbidden, fault.CodeForbidden, "Deleting a credential that workflows use needs the role owner.")
	}
	return nil, a.Vault.Delete(ctx, who.Actor, who.Tenant, in.ID, in.Force)
}

// texts are the values of fields as they are kept.
func texts(fields map[string]any) map[string]string {
	out := make(map[string]string, len(fields))
	for name, v := range fields {
		if v == nil {
			out[name] = ""
			continue
		}
		b, err := json.Marshal(v)
		if err != nil { // it was JSON before
			panic(err)
		}
		out[name] = credential.TextOf(b)
	}
	return out
}
