package search

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Embedder makes vectors of unit length, one for each text. Model names the
// model: vectors of different models cannot be compared.
type Embedder interface {
	Embed(ctx context.Context, texts ...string) ([][]float32, error)
	Model() string
}

// Model is an embedder with the words that it knows, by about their frequency.
type Model interface {
	Embedder
	Words() []string
}

// Blobs keeps one blob under each key and guards it against lost updates.
type Blobs interface {
	// Get returns the blob and its version (an ETag). If known is the current
	// version the data is nil. A key without a blob is a fault.NotFound.
	Get(ctx context.Context, key, known string) (data []byte, version string, err error)
	// Put writes if the current version is expected ("" for none) and returns the
	// new one; otherwise nothing is written and the error is a fault.Conflict.
	Put(ctx context.Context, key string, data []byte, expected string) (version string, err error)
	// Delete removes the blob, if there is one.
	Delete(ctx context.Context, key string) error
}

// Owner is whose documents an index holds: a tenant's, or Everybody's.
type Owner string

// Everybody owns the built-in templates, which all tenants see.
const Everybody Owner = "everybody"

// OwnerOf returns the tenant's own. No tenant is an error, never a default.
func OwnerOf(tenant ident.Tenant) (Owner, error) {
	if tenant == "" {
		return "", fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "A search needs a tenant.")
	}
	if strings.ContainsAny(string(tenant), "/\x00") || Owner(tenant) == Everybody {
		return "", fault.New(fault.Invalid, fault.CodeValidation, "%q is not a tenant.", string(tenant))
	}
	return Owner(tenant), nil
}

// blobKey is where an index is kept. Format and model are part of it: an index
// for a new one is built beside the old one, which stays readable until then.
func blobKey(model string, owner Owner) string {
	return "search/f" + formatName + "/" + model[:min(len(model), 16)] + "/" + string(owner)
}
