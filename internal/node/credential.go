package node

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Credential opens the node's credential of a type for a server that is not
// spoken to by HTTP: its host must be one that may get the credential.
func (c *Call) Credential(ctx context.Context, typ string) (map[string]string, error) {
	fields, err := c.CredentialOf(ctx, c.Node, typ)
	if err != nil {
		return nil, err
	}
	if host := fields["host"]; host != "" {
		err = credential.CheckHost(fields, host)
	}
	return fields, err
}

// CredentialOf opens the credential of a type that n, a node of the call's
// workflow, is connected to. A fault with CREDENTIAL_MISSING says which node lacks
// which, and what to do.
func (c *Call) CredentialOf(ctx context.Context, n *workflow.Node, typ string) (map[string]string, error) {
	ref, ok := n.Credentials[typ]
	if !ok {
		return nil, fault.New(fault.Invalid, fault.CodeCredentialMissing,
			"The node %q needs a credential of type %s, and none is connected. Make one, and choose it in the node.", n.Name, typ)
	}
	if c.Services.Credentials == nil {
		return nil, fault.New(fault.Internal, fault.CodeCredentialMissing,
			"The node %q needs the credential %q (%s), which cannot be opened in this function.", n.Name, ref.Name, typ)
	}
	fields, err := c.Services.Credentials.Open(ctx, c.Run.Tenant, typ, ref)
	if f := fault.Of(err); err != nil && (f.Code == fault.CodeCredentialMissing || f.Code == fault.CodeCredentialExpired) {
		g := *f
		g.Message = "The node \"" + n.Name + "\": " + f.Message
		return nil, &g
	}
	return fields, err
}
