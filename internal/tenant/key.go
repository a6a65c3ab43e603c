package tenant

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Key is an API key as it is stored: of the secret only its hash is kept.
type Key struct {
	ID        ident.Key    `json:"id"`
	Tenant    ident.Tenant `json:"tenant"` // "" for operators
	Name      string       `json:"name"`
	Role      Role         `json:"role"`
	Scopes    []Scope      `json:"scopes,omitempty"` // empty: all that the role may do
	Hash      []byte       `json:"-"`                // SHA-256 of the secret
	CreatedAt time.Time    `json:"createdAt"`
	CreatedBy string       `json:"createdBy"`
	ExpiresAt time.Time    `json:"expiresAt,omitzero"` // zero: never
	LastUsed  time.Time    `json:"lastUsed,omitzero"`  // to the minute; zero: never
	// RequestsPerMinute narrows what the plan allows each key; 0: as the plan has it.
	RequestsPerMinute int64 `json:"requestsPerMinute,omitempty"`
	Rev               int64 `json:"-"` // counts changes, as a tenant's
}

// rate is how many requests a minute the key may send under a plan's limits; 0 is
// without limit.
func (k Key) rate(l Limits) int64 {
	plan := max(l.RequestsPerMinute, 0)
	if k.RequestsPerMinute == 0 || plan > 0 && plan < k.RequestsPerMinute {
		return plan
	}
	return k.RequestsPerMinute
}

// Scope narrows a key to one group of routes, for reading or for writing too.
type Scope string

// The scopes. Writing includes reading.
const (
	ReadWorkflows   Scope = "workflows:read"
	WriteWorkflows  Scope = "workflows:write"
	ReadExecutions  Scope = "executions:read"
	WriteExecutions Scope = "executions:write"
	ReadAccount     Scope = "account:read"
	WriteAccount    Scope = "account:write"

	ReadCredentials  Scope = "credentials:read"
	WriteCredentials Scope = "credentials:write"

	ReadTables  Scope = "tables:read"
	WriteTables Scope = "tables:write"
)

// Scopes are all scopes.
func Scopes() []Scope {
	return []Scope{ReadWorkflows, WriteWorkflows, ReadExecutions, WriteExecutions, ReadAccount, WriteAccount, ReadCredentials, WriteCredentials, ReadTables, WriteTables}
}

// Covers reports whether s includes need.
func (s Scope) Covers(need Scope) bool {
	return s == need || string(s) == strings.TrimSuffix(string(need), ":read")+":write"
}

// The form of a key's text: the prefix, the ULID of its id, "_", the secret.
const (
	keyPrefix = "alk_"
	ulidLen   = 26
)

// newKey makes a key and the text that is shown once.
func newKey(k Key, now time.Time) (Key, string) {
	secret := ident.Secret()
	k.ID = ident.Key(ident.New(ident.PrefixKey, now))
	k.Hash = hashSecret(secret)
	k.CreatedAt = now
	return k, keyPrefix + strings.TrimPrefix(string(k.ID), ident.PrefixKey+"_") + "_" + secret
}

// splitKey takes a key's text apart; ok is false if it cannot be one of ours.
func splitKey(text string) (id ident.Key, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok || len(rest) <= ulidLen+1 || rest[ulidLen] != '_' {
		return "", "", false
	}
	raw := ident.PrefixKey + "_" + rest[:ulidLen]
	return ident.Key(raw), rest[ulidLen+1:], ident.Valid(ident.PrefixKey, raw)
}

// IsKey reports whether a credential's text is an API key and not a token.
func IsKey(text string) bool { return strings.HasPrefix(text, keyPrefix) }

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// accepts reports whether the secret is the key's and the key still holds.
func (k Key) accepts(secret string, now time.Time) bool {
	return subtle.ConstantTimeCompare(k.Hash, hashSecret(secret)) == 1 && !k.Expired(now)
}

// Expired reports whether the key has ended.
func (k Key) Expired(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// errUnauthenticated never says which part was wrong.
func errUnauthenticated() error {
	return fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "The API key or token is missing, wrong or expired.")
}
