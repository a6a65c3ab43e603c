// Package credential is what tenants connect services with: the types as data,
// how credentials are kept, and how nodes open them.
//
// # Types
//
// A type is one file, types/<type>.json, named as n8n names it. Adding one is
// adding a file; nothing else changes. A file says:
//
//	name, docs    what people see
//	extends       another type, whose fields, rules and OAuth2 endpoints it takes over
//	fields        name, label, type, secret, required, default, options, show
//	derived       fields that follow from others: an environment's host, a key's data centre
//	auth          rules, each with headers, query, body, basic or a scheme; "when" limits
//	              a rule to values of fields
//	oauth2        endpoints, scopes, grant and where the client's secret goes
//	baseUrl       where the service's API is
//	domains       hosts that may get the credential unless its owner says otherwise
//	test          a request that tells whether the credential works
//
// Texts of auth, oauth2, baseUrl, domains and test may name fields: {apiKey}. The
// package knows no HTTP: internal/httpauth puts a credential into a request.
//
// # Who may do what
//
// The Vault keeps credentials. It stands in the API's function, whose role may
// seal and not open; so a change leaves what it does not name as it is, sealed.
// The Opener opens them, in the functions of nodes that call out, and in one of its
// own that tests credentials and exchanges authorization codes. node-code has
// neither. Code that an agent has as its tool runs in node-ai, in a child process that
// has neither the Opener nor the function's environment.
//
// Members who may use a credential need not know it. So who changes where it goes
// must be an owner, or send its secrets again; hosts outside its domains do not get
// it; and node.Execute hides it in all that a node gives.
//
// How tokens are renewed, and what happens when a renewal dies on the way, is told
// in token.go.
package credential
