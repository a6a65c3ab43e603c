package credential

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed types/*.json
var files embed.FS

// Registry is the set of credential types. It is safe for concurrent use.
type Registry struct {
	mu    sync.Mutex
	read  func(typ string) ([]byte, error)
	names []string
	kinds map[string]*Kind
}

// Kinds are the types that the platform knows. A file is read when its type is
// first asked for: a function that opens one credential need not read them all.
func Kinds() *Registry { return builtin() }

var builtin = sync.OnceValue(func() *Registry {
	entries, err := files.ReadDir("types")
	if err != nil {
		panic("credential types: " + err.Error())
	}
	r := &Registry{kinds: map[string]*Kind{}, read: func(typ string) ([]byte, error) { return files.ReadFile("types/" + typ + ".json") }}
	for _, e := range entries {
		r.names = append(r.names, strings.TrimSuffix(e.Name(), ".json"))
	}
	slices.Sort(r.names)
	return r
})

// Names are all types, sorted.
func (r *Registry) Names() []string { return slices.Clone(r.names) }

// Get returns a type by n8n's name, nil if there is none.
func (r *Registry) Get(typ string) *Kind {
	if _, ok := slices.BinarySearch(r.names, typ); !ok {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k, err := r.load(typ, 0)
	if err != nil { // a test reads every file
		panic("credential types: " + err.Error())
	}
	return k
}

// maxExtends bounds how long a chain of types that extend each other may be.
const maxExtends = 4

func (r *Registry) load(typ string, depth int) (*Kind, error) {
	if k := r.kinds[typ]; k != nil {
		return k, nil
	}
	if depth > maxExtends {
		return nil, fmt.Errorf("%s: too many types extend each other", typ)
	}
	b, err := r.read(typ)
	if err != nil {
		return nil, err
	}
	k, err := parse(typ, b)
	if err != nil {
		return nil, err
	}
	if k.Extends != "" {
		base, err := r.load(k.Extends, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", typ, err)
		}
		k.extend(base)
	}
	k.complete()
	if err := k.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", typ, err)
	}
	r.kinds[typ] = k
	return k, nil
}

// parse reads a file strictly: a member that is not known is an error.
func parse(typ string, b []byte) (*Kind, error) {
	k := &Kind{Type: typ}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(k); err != nil {
		return nil, fmt.Errorf("%s: %w", typ, err)
	}
	if dec.More() {
		return nil, fmt.Errorf("%s: there is text after the type", typ)
	}
	return k, nil
}

// extend takes over what the type does not say itself. Fields of the same name
// are replaced, in their place.
func (k *Kind) extend(base *Kind) {
	fields := slices.Clone(base.Fields)
	for _, f := range k.Fields {
		if i := slices.IndexFunc(fields, func(b Field) bool { return b.Name == f.Name }); i >= 0 {
			fields[i] = f
		} else {
			fields = append(fields, f)
		}
	}
	k.Fields = fields
	if k.Auth == nil {
		k.Auth = base.Auth
	}
	if k.Domains == nil {
		k.Domains = base.Domains
	}
	if k.BaseURL == "" {
		k.BaseURL = base.BaseURL
	}
	if k.Test == nil {
		k.Test = base.Test
	}
	if k.Docs == "" {
		k.Docs = base.Docs
	}
	if k.Derived == nil {
		k.Derived = base.Derived
	}
	k.OAuth2 = k.OAuth2.over(base.OAuth2)
}

// clientFields are those of every type that gets its tokens by OAuth2.
var clientFields = []Field{
	{Name: "clientId", Label: "Client ID", Required: true},
	{Name: "clientSecret", Label: "Client Secret", Secret: true},
	{Name: "customScopes", Label: "Custom Scopes", Type: Boolean, Default: "false"},
	{Name: "enabledScopes", Label: "Enabled Scopes", Show: map[string][]string{"customScopes": {"true"}}},
}

// complete adds what all types of OAuth2 have.
func (k *Kind) complete() {
	if k.OAuth2 == nil {
		return
	}
	if k.Auth == nil {
		k.Auth = []Rule{{Scheme: AccessToken}}
	}
	if k.OAuth2.Grant == ServiceAccount || k.OAuth2.Grant == Login {
		return
	}
	own := k.Fields
	k.Fields = nil
	for _, f := range clientFields {
		if !slices.ContainsFunc(own, func(o Field) bool { return o.Name == f.Name }) {
			k.Fields = append(k.Fields, f)
		}
	}
	k.Fields = append(k.Fields, own...)
}

// ScopeOf is the scope that is asked for: the owner's own, or the type's.
func (o *OAuth2) ScopeOf(fields map[string]string) string {
	if fields["customScopes"] == "true" && fields["enabledScopes"] != "" {
		return fields["enabledScopes"]
	}
	return Fill(o.Scope, fields)
}

// over is o with what it leaves open taken from base.
func (o *OAuth2) over(base *OAuth2) *OAuth2 {
	if o == nil || base == nil {
		if o == nil {
			return base
		}
		return o
	}
	out := *o
	for _, p := range []struct{ to, from *string }{
		{&out.Grant, &base.Grant}, {&out.AuthURL, &base.AuthURL}, {&out.TokenURL, &base.TokenURL}, {&out.Scope, &base.Scope},
		{&out.AuthQuery, &base.AuthQuery}, {&out.Client, &base.Client}, {&out.Prefix, &base.Prefix},
		{&out.TokenPath, &base.TokenPath},
	} {
		if *p.to == "" {
			*p.to = *p.from
		}
	}
	if out.Login == nil {
		out.Login = base.Login
	}
	out.NoPKCE = o.NoPKCE || base.NoPKCE
	return &out
}
