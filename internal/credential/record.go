package credential

import (
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// Record is a credential as it is stored. Secrets are sealed one by one, so that
// a change of one needs none of the others.
type Record struct {
	Tenant    ident.Tenant      `json:"-"`
	ID        ident.Credential  `json:"id"`
	Type      string            `json:"type"`
	Name      string            `json:"name"`
	Values    map[string]string `json:"values,omitempty"`  // fields that are no secrets
	Secrets   map[string]Box    `json:"secrets,omitempty"` // fields that are
	Domains   []string          `json:"domains,omitempty"` // the owner's; empty: the type's
	CreatedAt time.Time         `json:"createdAt"`
	CreatedBy string            `json:"createdBy"`
	UpdatedAt time.Time         `json:"updatedAt"`
	UpdatedBy string            `json:"updatedBy"`

	// What changes without the credential being changed is kept beside the rest.
	Token    Token     `json:"-"`
	Lease    Lease     `json:"-"`
	LastUsed time.Time `json:"-"` // to the minute; zero: never
	Rev      int64     `json:"-"`
}

// Box is one sealed text: the data key, sealed by KMS, and what it seals.
type Box struct {
	Key  []byte `json:"k"`
	Data []byte `json:"d"`
}

// Owner is what a box is bound to.
type Owner struct {
	Tenant     ident.Tenant
	Credential ident.Credential
}

// Owner is the record's.
func (r *Record) Owner() Owner { return Owner{r.Tenant, r.ID} }

// Token is the state of a credential's access token.
type Token struct {
	Version int `json:"version,omitempty"` // rises with every change of the token
	// Box holds the token endpoint's answer as JSON; empty: there is none.
	Box       Box       `json:"box,omitzero"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"` // zero: not known
	GotAt     time.Time `json:"gotAt,omitzero"`
	// Failed says why the token can be renewed no more; "" while it can.
	Failed string `json:"failed,omitempty"`
}

// Given reports whether there is a token.
func (t Token) Given() bool { return len(t.Box.Data) > 0 }

// Lease is the right to renew a token: one function at a time has it.
type Lease struct {
	Holder string
	Until  time.Time
}

// Held reports whether somebody has the lease.
func (l Lease) Held(now time.Time) bool { return l.Holder != "" && now.Before(l.Until) }

// Pending is an authorization that was begun: the member was sent to the service.
type Pending struct {
	Tenant     ident.Tenant     `json:"-"`
	Credential ident.Credential `json:"credential"`
	Member     string           `json:"member"` // who began it
	Role       string           `json:"role"`
	Verifier   Box              `json:"verifier"` // of the proof key (PKCE), sealed
	Redirect   string           `json:"redirect"`
	UpdatedAt  time.Time        `json:"updatedAt"` // of the credential when it began
	ExpiresAt  time.Time        `json:"expiresAt"`
}
