package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// CredentialType is one type of credentials.
type CredentialType struct {
	Type      string   `json:"type" doc:"n8n's name." example:"slackApi"`
	Name      string   `json:"name"`
	Docs      string   `json:"docs,omitempty" doc:"Where its values are found."`
	HTTP      bool     `json:"http" doc:"It can be used in HTTP requests."`
	Authorize bool     `json:"authorize" doc:"It is connected by opening an address; see POST /api/credentials/{id}/authorize."`
	Testable  bool     `json:"testable"`
	Domains   []string `json:"domains" nullable:"false" doc:"Hosts that may get it by default; {field} stands for a field. Empty: any."`
}

// CredentialTypeDetail is a type with its fields.
type CredentialTypeDetail struct {
	CredentialType
	Fields []CredentialField `json:"fields" nullable:"false"`
}

// CredentialField is one field of a type.
type CredentialField struct {
	Name     string              `json:"name"`
	Label    string              `json:"label"`
	Type     string              `json:"type" enum:"string,number,boolean,json,options"`
	Secret   bool                `json:"secret"`
	Required bool                `json:"required"`
	Default  string              `json:"default,omitempty"`
	Options  []string            `json:"options,omitempty"`
	Show     map[string][]string `json:"show,omitempty" doc:"Only if the named field has one of the values."`
	Help     string              `json:"help,omitempty"`
}

func credentialTypeOf(k *credential.Kind) CredentialType {
	return CredentialType{
		Type: k.Type, Name: k.Name, Docs: k.Docs, HTTP: k.HTTP(), Authorize: k.Authorizes(), Testable: k.Testable(), Domains: some(k.Domains),
	}
}

func credentialFieldOf(f credential.Field) CredentialField {
	c := CredentialField{f.Name, f.Label, string(f.Type), f.Secret, f.Required, f.Default, f.Options, f.Show, f.Help}
	if f.Type == credential.Text {
		c.Type = "string"
	}
	return c
}

const listCredentialTypes = "credential-types"

func credentialTypeRoutes(a *API) {
	type output struct{ Body CredentialTypeDetail }
	read := route{tag: "credentials", role: tenant.Viewer, scope: tenant.ReadWorkflows, errors: []int{http.StatusNotFound}}
	add(a, read.at("listCredentialTypes", http.MethodGet, "/api/credential-types", "List the types of credentials"),
		func(ctx context.Context, _ *empty) (*ListOutput[CredentialType], error) {
			kinds := credential.Kinds()
			names := kinds.Names()
			items := make([]CredentialType, len(names))
			for i, name := range names {
				items[i] = credentialTypeOf(kinds.Get(name))
			}
			return pageOf(caller(ctx).Tenant, listCredentialTypes, items, ""), nil
		})
	add(a, read.at("getCredentialType", http.MethodGet, "/api/credential-types/{type}", "Read a type of credentials with its fields"),
		func(_ context.Context, in *struct {
			Type string `path:"type" maxLength:"100"`
		}) (*output, error) {
			k := credential.Kinds().Get(in.Type)
			if k == nil {
				return nil, fault.New(fault.NotFound, fault.CodeNotFound, "There is no credential type %q.", in.Type)
			}
			out := &output{CredentialTypeDetail{CredentialType: credentialTypeOf(k), Fields: make([]CredentialField, len(k.Fields))}}
			for i, f := range k.Fields {
				out.Body.Fields[i] = credentialFieldOf(f)
			}
			return out, nil
		})
}
