// Package credential is what tenants connect services with: the types as data,
// their fields, how they go into a request, and which hosts may get them.
//
// A type is one file, types/<type>.json, named as n8n names it. Adding one is
// adding a file; nothing else changes. A file says:
//
//	name, docs    what people see
//	extends       another type, whose fields, rules and OAuth2 endpoints it takes over
//	fields        name, label, type, secret, required, default, options, show
//	auth          rules, each with headers, query, body, basic or a scheme; "when" limits
//	              a rule to values of fields
//	oauth2        endpoints, scopes, grant and where the client's secret goes
//	baseUrl       where the service's API is
//	domains       hosts that may get the credential unless its owner says otherwise
//	test          a request that tells whether the credential works
//
// Texts of auth, oauth2, baseUrl, domains and test may name fields: {apiKey}. The
// package knows no HTTP: internal/httpauth puts a credential into a request.
package credential
