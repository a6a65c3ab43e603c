package tenant

import "context"

type identityKey struct{}

// WithIdentity returns a context that carries a verified identity.
func WithIdentity(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// IdentityFrom returns the verified identity of the caller; false if there is
// none. There is no default.
func IdentityFrom(ctx context.Context) (Identity, bool) {
	who, ok := ctx.Value(identityKey{}).(Identity)
	return who, ok && who.valid()
}
