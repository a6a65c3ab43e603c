package credential

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Reader reads credentials. What does not exist is fault.NotFound.
type Reader interface {
	Credential(ctx context.Context, t ident.Tenant, id ident.Credential) (Record, error)
	// CredentialNamed finds the one credential of a type and name.
	CredentialNamed(ctx context.Context, t ident.Tenant, typ, name string) (Record, error)
}

// Store is where the vault keeps credentials.
type Store interface {
	Reader
	Credentials(ctx context.Context, t ident.Tenant, p tenant.Paging) (items []Record, next string, err error)
	// SaveCredential writes a change whole or not at all: fault.Conflict if another
	// one overtook it, or if the type has another credential of the name.
	SaveCredential(ctx context.Context, s Saving) error
	// Begin keeps an authorization until its member comes back.
	Begin(ctx context.Context, state string, p Pending) error
}

// Saving is one change of a credential.
type Saving struct {
	Record Record // as it is to be; Rev 0 makes it, otherwise the Rev that was read
	Delete bool
	Before string // the name before; "" if the credential is new
	Audit  tenant.Audit
}

// Tokens is where the opener keeps tokens, and notes uses.
type Tokens interface {
	Reader
	// TakeLease gives the lease of the token to holder if nobody has it and the
	// token's version is still the given one; it reports whether it was given.
	TakeLease(ctx context.Context, o Owner, version int, l Lease) (bool, error)
	// SaveToken replaces the token, and ends the lease, if the holder has it; it
	// reports whether the holder had it. An empty holder needs none.
	SaveToken(ctx context.Context, o Owner, holder string, t Token) (bool, error)
	// EndLease gives the lease back.
	EndLease(ctx context.Context, o Owner, holder string) error
	// TouchCredential notes a use, if the last one noted is older than a minute.
	TouchCredential(ctx context.Context, o Owner, at time.Time) error
}

// Authorizations is where begun authorizations are found again. Each is found
// once: fault.NotFound afterwards, and when it has expired.
type Authorizations interface {
	Finish(ctx context.Context, t ident.Tenant, state string, now time.Time) (Pending, error)
}

// Sealer seals texts for one credential. Who may seal need not be able to open.
type Sealer interface {
	Seal(ctx context.Context, o Owner, texts map[string]string) (map[string]Box, error)
}

// Unsealer opens what a Sealer sealed for the same owner, and under the same names.
type Unsealer interface {
	Unseal(ctx context.Context, o Owner, boxes map[string]Box) (map[string]string, error)
}

// Workflows knows which workflows refer to a credential.
type Workflows interface {
	UsersOf(ctx context.Context, t ident.Tenant, id ident.Credential, typ, name string) ([]string, error)
}

// Endpoint calls token endpoints.
type Endpoint interface {
	Call(ctx context.Context, c TokenCall) (TokenAnswer, error)
}

// TokenCall is one request to a token endpoint: a form, or JSON.
type TokenCall struct {
	URL            string
	Form           map[string]string
	JSON           map[string]string
	User, Password string // basic authentication, if User is not ""
}

// TokenAnswer is what a token endpoint answered, whatever the status.
type TokenAnswer struct {
	Status int
	Body   []byte // JSON
}
