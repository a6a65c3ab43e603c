package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Key is an API key, without its secret.
type Key struct {
	ID        ident.Key      `json:"id"`
	Name      string         `json:"name"`
	Role      tenant.Role    `json:"role" enum:"viewer,editor,owner,operator"`
	Scopes    []tenant.Scope `json:"scopes" nullable:"false" doc:"Empty: all that the role may do."`
	CreatedAt Stamp          `json:"createdAt"`
	CreatedBy string         `json:"createdBy"`
	ExpiresAt *Stamp         `json:"expiresAt,omitempty"`
	LastUsed  *Stamp         `json:"lastUsed,omitempty" doc:"To the minute."`
	KeyRate
}

// KeyRate is how much a key may send.
type KeyRate struct {
	RequestsPerMinute *int64 `json:"requestsPerMinute" nullable:"true" minimum:"1" doc:"Requests a minute; the bucket holds one minute's worth. null: what the plan allows each key, which is also the most."`
}

func rateOf(perMinute int64) KeyRate {
	if perMinute == 0 {
		return KeyRate{}
	}
	return KeyRate{&perMinute}
}

func (r KeyRate) perMinute() int64 {
	if r.RequestsPerMinute == nil {
		return 0
	}
	return *r.RequestsPerMinute
}

// NewKey is a key with its text, which is shown this once.
type NewKey struct {
	Key
	APIKey string `json:"apiKey" doc:"Keep it; it cannot be read again."`
}

func keyOf(k tenant.Key) Key {
	return Key{k.ID, k.Name, k.Role, some(k.Scopes), Stamp(k.CreatedAt), k.CreatedBy, stamp(k.ExpiresAt), stamp(k.LastUsed), rateOf(k.RequestsPerMinute)}
}

// KeyRequest asks for a key.
type KeyRequest struct {
	Name      string         `json:"name" minLength:"1" maxLength:"200"`
	Role      tenant.Role    `json:"role" enum:"viewer,editor,owner"`
	Scopes    []tenant.Scope `json:"scopes,omitempty" doc:"Narrow the key to workflows, executions, credentials, tables or account, each :read or :write."`
	ExpiresAt time.Time      `json:"expiresAt,omitzero"`

	RequestsPerMinute *int64 `json:"requestsPerMinute,omitempty" nullable:"true" minimum:"1" doc:"As in KeyRate."`
}

const listKeys = "keys"

func keyRoutes(a *API) {
	type newOutput struct{ Body NewKey }
	own := route{tag: "keys", role: tenant.Owner, scope: tenant.WriteAccount}
	add(a, own.at("listKeys", http.MethodGet, "/api/keys", "List the tenant's API keys, newest first"),
		func(ctx context.Context, _ *empty) (*ListOutput[Key], error) {
			t := caller(ctx).Tenant
			keys, err := a.Directory.Keys(ctx, t)
			if err != nil {
				return nil, err
			}
			items := make([]Key, len(keys))
			for i, k := range keys {
				items[i] = keyOf(k)
			}
			return pageOf(t, listKeys, items, ""), nil
		})
	add(a, own.at("createKey", http.MethodPost, "/api/keys", "Make an API key; its text is shown once").gives(http.StatusCreated),
		func(ctx context.Context, in *struct{ Body KeyRequest }) (*newOutput, error) {
			who := caller(ctx)
			k, text, err := a.Directory.CreateKey(ctx, who.Actor, who.Tenant, tenant.NewKey{
				Name: in.Body.Name, Role: in.Body.Role, Scopes: in.Body.Scopes, ExpiresAt: in.Body.ExpiresAt,
				RequestsPerMinute: KeyRate{in.Body.RequestsPerMinute}.perMinute(),
			})
			return &newOutput{NewKey{keyOf(k), text}}, err
		})
	add(a, own.at("limitKey", http.MethodPut, "/api/keys/{id}/rate", "Say how many requests a minute an API key may send; it holds within 10 s").refuses(http.StatusNotFound),
		func(ctx context.Context, in *struct {
			ID   ident.Key `path:"id" doc:"The key's id." maxLength:"60"`
			Body KeyRate
		}) (*struct{ Body Key }, error) {
			who := caller(ctx)
			k, err := a.Directory.LimitKey(ctx, who.Actor, who.Tenant, in.ID, in.Body.perMinute())
			return &struct{ Body Key }{keyOf(k)}, err
		})
	add(a, own.at("deleteKey", http.MethodDelete, "/api/keys/{id}", "End an API key; it is refused within 10 s").refuses(http.StatusNotFound),
		func(ctx context.Context, in *struct {
			ID ident.Key `path:"id" doc:"The key's id." maxLength:"60"`
		}) (*empty, error) {
			who := caller(ctx)
			return nil, a.Directory.DeleteKey(ctx, who.Actor, who.Tenant, in.ID)
		})
}
