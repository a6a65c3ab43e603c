// Package httpapi is the HTTP API: routes, their documents, problems.
//
// Each route is one declaration: method, path, the role it needs, what goes in
// and comes out. The role is checked before anything of the request is read; the
// tenant comes from the verified identity in the context and from nowhere else.
// The OpenAPI document is generated from the declarations.
//
// A handler returns an error of package fault; one table turns its kind into a
// status, and every refusal, also those of the router and of huma, is an RFC 9457
// problem with a code.
//
// Workflows and inputs are JSON that must come out as it went in, so their routes
// read the body as it is; the others let huma decode and validate it.
package httpapi

//go:generate go test -run TestDocumentIsTheGoldenOne -update .
