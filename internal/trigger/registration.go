package trigger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Registration is an address of a tenant at the service that is to call it: what
// is wanted, which catalog changes write, and what is so, which the function
// register writes. One address has one registration, whatever workflow has it.
type Registration struct {
	Tenant ident.Tenant
	ID     ident.Registration
	Want   Want
	// Rev rises with every change of Want.
	Rev   int64
	State RegistrationState
}

// Want says whether an address is to be registered, and by which node.
type Want struct {
	ID       ident.Registration `json:"id"`
	Active   bool               `json:"active"`
	Workflow ident.Workflow     `json:"workflowId"`
	Version  int                `json:"version,omitempty"`
	Node     string             `json:"node"` // name
	Type     string             `json:"type,omitempty"`
	Path     string             `json:"path"`             // of the hook
	Source   json.RawMessage    `json:"source,omitempty"` // the node in n8n's JSON
	// Check asks to look at the service also where everything seems to be done.
	Check bool      `json:"check,omitempty"`
	At    time.Time `json:"at"`
}

// RegistrationStatus says how far a registration is.
type RegistrationStatus string

// The statuses.
const (
	RegistrationPending    RegistrationStatus = "pending"    // not done yet, or tried again after a failure
	RegistrationRegistered RegistrationStatus = "registered" // the service calls the address
	RegistrationFailed     RegistrationStatus = "failed"     // given up until the owner does something
)

// RegistrationState is what is known of the service.
type RegistrationState struct {
	Status RegistrationStatus `json:"status,omitempty"`
	Rev    int64              `json:"rev,omitempty"` // of the want that the state is about
	// Problem says why it is not done, and what to do; "" if nothing is wrong.
	Problem  string    `json:"problem,omitempty"`
	Attempts int       `json:"attempts,omitempty"` // that failed since the want changed
	Since    time.Time `json:"since,omitzero"`     // of the status
	// Held is what is, or may be, at the service; nil: nothing.
	Held *Held `json:"held,omitempty"`
}

// Held is what was registered, or was about to be when it was last written.
type Held struct {
	Source json.RawMessage `json:"source"` // the node that registered it: its parameters and credentials take it away
	// Secret is sealed, under the registration's id as the credential's; empty: none.
	Secret    credential.Box `json:"secret,omitzero"`
	Hook      string         `json:"hook,omitempty"`    // the service's id
	Confirmed bool           `json:"confirmed"`         // the service has answered
	Expires   time.Time      `json:"expires,omitzero"`  // zero: never
	Updated   time.Time      `json:"updated,omitzero"`  // when the service was last asked
	Address   string         `json:"address,omitempty"` // the URL as it was registered
}

// FieldSecret is the name under which a registration's secret is sealed.
const FieldSecret = "secret"

// SecretOwner is what a registration's secret is sealed for.
func SecretOwner(t ident.Tenant, id ident.Registration) credential.Owner {
	return credential.Owner{Tenant: t, Credential: ident.Credential(id)}
}

// RegistrationID is the id of the registration of a hook's path.
func RegistrationID(t ident.Tenant, path string) ident.Registration {
	return ident.Registration(ident.Derived(ident.PrefixRegistration, time.Unix(0, 0), string(t), path))
}

// maxSource is the most that a node which registers itself may have, in bytes of
// JSON: it is kept twice in an item, of which DynamoDB takes 400 KB.
const maxSource = 100 << 10

// wantOf is the registration that the node of a hook asks for.
func wantOf(n *workflow.Node, h Hook, now time.Time) (Want, error) {
	source := sourceOf(n)
	if len(source) > maxSource {
		return Want{}, fmt.Errorf("its parameters have more than %d bytes", maxSource)
	}
	return Want{
		ID: RegistrationID(h.Tenant, h.Path), Active: true, Workflow: h.Workflow, Version: h.Version,
		Node: n.Name, Type: n.Type, Path: h.Path, Source: source, At: now,
	}, nil
}

// Unwanted is the want that takes the registration of a tenant's hook away.
func (h Hook) Unwanted(t ident.Tenant, now time.Time) Want {
	return Want{ID: RegistrationID(t, h.Path), Workflow: h.Workflow, Node: h.Node, Path: h.Path, At: now}
}

// sourceOf is what of a node decides what is registered.
func sourceOf(n *workflow.Node) json.RawMessage {
	credentials := value.NewObject(len(n.Credentials))
	for _, typ := range slices.Sorted(maps.Keys(n.Credentials)) {
		ref := n.Credentials[typ]
		credentials.Set(typ, value.Obj("id", ref.ID, "name", ref.Name))
	}
	return value.JSON(value.Obj("id", n.ID, "name", n.Name, "type", n.Type, "typeVersion", n.TypeVersion, "position", []any{0.0, 0.0},
		"parameters", n.Parameters, "credentials", credentials, "webhookId", n.WebhookID))
}

// Fingerprint is the same for nodes that register the same: name and id of a node
// do not count.
func Fingerprint(source json.RawMessage) string {
	o, err := value.ParseObject(source)
	if err != nil {
		return ""
	}
	o.Delete("id")
	o.Delete("name")
	sum := sha256.Sum256(value.JSON(o))
	return hex.EncodeToString(sum[:])
}

// ParseSource reads a node as sourceOf wrote it, in a workflow of its own.
func ParseSource(source json.RawMessage) (*workflow.Workflow, *workflow.Node, error) {
	raw := append([]byte(`{"name":"registration","nodes":[`), source...)
	wf, err := workflow.Parse(append(raw, `],"connections":{}}`...))
	if err != nil {
		return nil, nil, err
	}
	if len(wf.Nodes) != 1 {
		return nil, nil, fmt.Errorf("a registration has %d nodes", len(wf.Nodes))
	}
	return wf, wf.Nodes[0], nil
}

// RegistrationRef names a registration.
type RegistrationRef struct {
	Tenant ident.Tenant       `json:"tenant"`
	ID     ident.Registration `json:"registration"`
}

// RegisterInput is what the function register is called with: the registrations
// to look at, or none for all that are due.
type RegisterInput struct {
	Registrations []RegistrationRef `json:"registrations,omitempty"`
}
