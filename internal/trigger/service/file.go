package service

import "encoding/json"

// Type is one trigger's type, as its file says.
type Type struct {
	Type        string       `json:"-"` // n8n's; the file's name after n8n-nodes-base.
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Docs        string       `json:"docs"` // the service's own about its webhooks
	Versions    []float64    `json:"versions"`
	Params      []Param      `json:"params,omitempty"`
	Refused     []Refused    `json:"refused,omitempty"`
	Credentials []Credential `json:"credentials"`
	Path        string       `json:"path"` // after the node's webhookId
	Methods     []string     `json:"methods"`
	Verify      Verify       `json:"verify"`
	Handshake   Handshake    `json:"handshake,omitzero"`
	Filters     []Filter     `json:"filters,omitempty"` // each must let an item through
	Items       Items        `json:"items,omitzero"`
	Delivery    Delivery     `json:"delivery"`
	// Registration is nil where the service's API does not allow it.
	Registration *Registration `json:"registration,omitempty"`
}

// Registration says how the platform registers its address at the service.
type Registration struct {
	// Secret says who makes the secret with which the service signs: Chosen or Given;
	// "" where it is the account's or the app's own, or there is none.
	Secret string `json:"secret,omitempty"`
	// Single is set where an account of the service calls one address only.
	Single bool `json:"single,omitempty"`
	// Help says what the credential must be allowed, for the text of a failure.
	Help string `json:"help"`
	// API are the requests, in the format of connectors: the operations check,
	// register and unregister, and adopt where a hook can be changed (package
	// registration says what goes in and out).
	API json.RawMessage `json:"api"`
}

// Who makes a secret.
const (
	Chosen = "chosen" // the platform
	Given  = "given"  // the service, in the answer to the registration
)

// Param is one parameter, for the documentation.
type Param struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Default     any    `json:"default,omitempty"`
	Description string `json:"description"`
}

// Refused is a parameter that must not be set, and what to do instead.
type Refused struct {
	Param   string `json:"param"`
	Instead string `json:"instead"`
}

// Credential is a type that the node may be connected to.
type Credential struct {
	Type string `json:"type"`
	// Secret is the field with the secret of the service's calls; "" for none.
	Secret string `json:"secret,omitempty"`
	// When names parameters that must have the value; the credential is then the
	// one that counts.
	When map[string]string `json:"when,omitempty"`
	// Demanded credentials must be connected where When holds.
	Demanded bool `json:"demanded,omitempty"`
}

// Verify says how a call proves itself.
type Verify struct {
	Scheme Scheme `json:"scheme"`
	Header string `json:"header,omitempty"` // with the signature or the token

	// The rest is for HMAC.
	Algorithm string `json:"algorithm,omitempty"` // sha1 or sha256
	Encoding  string `json:"encoding,omitempty"`  // hex or base64
	Prefix    string `json:"prefix,omitempty"`    // before the signature, as in sha256=…
	// Member is the signature's name in a header of the form t=…,v1=…
	Member string `json:"member,omitempty"`
	// Message is what is signed, with {body}, {timestamp}, {method} and {url}.
	Message   string    `json:"message,omitempty"`
	Timestamp Timestamp `json:"timestamp,omitzero"`
}

// Scheme is a way to prove a call.
type Scheme string

// The schemes.
const (
	HMAC   Scheme = "hmac"
	Token  Scheme = "token"  // the secret itself is in the header
	None   Scheme = "none"   // the service proves nothing: all that protects is the address
	Basic  Scheme = "basic"  // user and password of the credential
	Twilio Scheme = "twilio" // HMAC of the URL and the sorted form, or of the URL that has the body's hash
)

// Timestamp is where a signed call says when it was made: one place of three.
type Timestamp struct {
	Header string `json:"header,omitempty"`
	Member string `json:"member,omitempty"` // of the signature's header
	Body   string `json:"body,omitempty"`   // path
	Millis bool   `json:"millis,omitempty"` // the unit; else seconds
}

// Handshake are calls with which a service tries the address. They start nothing.
type Handshake struct {
	// Query has a text to be answered as it came, if VerifyToken has the node's id
	// or webhookId: Meta's.
	Query       string `json:"query,omitempty"`
	VerifyToken string `json:"verifyToken,omitempty"`
	// Kind is a type of the (signed) body that has a challenge: Slack's.
	Kind string `json:"kind,omitempty"`
	// Ping is the only member of an unsigned body: WooCommerce's.
	Ping string `json:"ping,omitempty"`
	// Echo is a header that is given back as it came, with nothing in the body: Asana's.
	Echo string `json:"echo,omitempty"`
	// Head is set where the service only looks whether the address is there: Trello's.
	Head bool `json:"head,omitempty"`
}

// Filter lets events through that the node's parameter names.
type Filter struct {
	// From and Below bound the node's versions that the filter is for; 0: no bound.
	From  float64 `json:"from,omitempty"`
	Below float64 `json:"below,omitempty"`
	Param string  `json:"param,omitempty"` // path; a text may have several names, with commas
	// Values are fixed names in place of the parameter's.
	Values  []string            `json:"values,omitempty"`
	Default string              `json:"default,omitempty"` // of the parameter
	All     []string            `json:"all,omitempty"`     // names that mean all, beside *
	Names   map[string][]string `json:"names,omitempty"`   // what the service calls a name
	Unless  string              `json:"unless,omitempty"`  // a parameter that, if true, takes the filter away
	Not     bool                `json:"not,omitempty"`     // events of these names are not let through
	Lenient bool                `json:"lenient,omitempty"` // events without a name are let through
	// Where the event's names are: places in the body or the item's part of it, a
	// header, or the names of the body's members.
	Body   []string `json:"body,omitempty"`
	Header string   `json:"header,omitempty"`
	Keys   bool     `json:"keys,omitempty"`
	// Exempt are names at the place ExemptBody that the filter does not concern.
	Exempt     []string `json:"exempt,omitempty"`
	ExemptBody string   `json:"exemptBody,omitempty"`
}

// Items says what the run starts with; by default the body is the one item.
type Items struct {
	Each    string   `json:"each,omitempty"`    // path through lists to the parts of the body that are items; "." for a body that is a list
	Take    string   `json:"take,omitempty"`    // path in the part to what is the item
	Keep    []string `json:"keep,omitempty"`    // members of the part that the item has, too
	Rename  *Rename  `json:"rename,omitempty"`  // a member that gets its name from another
	Request bool     `json:"request,omitempty"` // body, headers and query of the call
	Answers bool     `json:"answers,omitempty"` // Typeform's, by the questions' titles
}

// Rename gives a member the name that To has for a word in the member By.
type Rename struct {
	Member string            `json:"member"`
	By     string            `json:"by"`
	To     map[string]string `json:"to"`
}

// Delivery says how deliveries are named: the first header that is there, or else members of the body (the
// first list that is all there) or of each item, or else the bytes of the body.
type Delivery struct {
	Headers []string   `json:"headers,omitempty"`
	Body    [][]string `json:"body,omitempty"`
	Each    []string   `json:"each,omitempty"`
	Content bool       `json:"content,omitempty"`
}
