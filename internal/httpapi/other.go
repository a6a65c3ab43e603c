package httpapi

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// otherHandlers describes what other handlers answer on the same host, so that the
// document is whole: the addresses that start workflows (package hook) and the live
// connection (package live).
func otherHandlers(a *API) {
	doc := a.huma.OpenAPI()
	problem := doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for name, method := range map[string]string{"Get": http.MethodGet, "Post": http.MethodPost, "Put": http.MethodPut, "Patch": http.MethodPatch, "Delete": http.MethodDelete} {
		doc.AddOperation(hookOperation("callWebhookBy"+name, method, problem))
	}
	doc.AddOperation(liveOperation())
}

func hookOperation(id, method string, problem *huma.Schema) *huma.Operation {
	text := &huma.Schema{Type: huma.TypeString}
	op := &huma.Operation{
		OperationID: id, Method: method, Path: "/hooks/{tenant}/{path}", Tags: []string{"webhooks"},
		Summary: "Start an active workflow by its webhook, form or chat",
		Description: "Which methods an address takes, and whom it lets in (anybody, or by basic auth, a header, a JWT or the service's signature), is its node's choice; " +
			"GET /api/workflows/{id}/webhooks lists the addresses. The path may have several parts. An answer of the workflow has the status, headers and body that the workflow gives it, of at most 4 MB.",
		Security: []map[string][]string{},
		Parameters: []*huma.Param{
			{Name: "tenant", In: "path", Required: true, Schema: text, Description: "The tenant's id."},
			{Name: "path", In: "path", Required: true, Schema: text, Description: "What the node calls its path, and what follows for its parameters."},
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "The node's answer at once, or the workflow's result: any content."},
			"202": {Description: "It takes longer than a request may: the run goes on.", Content: jsonOf(&huma.Schema{
				Type: huma.TypeObject, Properties: map[string]*huma.Schema{
					"jobId": {Type: huma.TypeString}, "status": {Type: huma.TypeString}, "trackingUrl": {Type: huma.TypeString, Description: "/api/jobs/{id}/status"},
				},
			})},
			"401": refusal("The node asks for a credential, and this is none of its.", problem),
			"403": refusal("The call is not from whom the node lets in.", problem),
			"404": refusal("No active workflow listens here.", problem),
			"413": refusal("The body is too large.", problem),
			"500": refusal("The workflow failed, or gave no answer: WORKFLOW_FAILED. The tenant sees why at the run.", problem),
			"429": refusal("A limit of the tenant's plan; Retry-After says when to go on.", problem),
		},
	}
	if method != http.MethodGet && method != http.MethodDelete {
		op.RequestBody = &huma.RequestBody{Description: "JSON, a form, text, XML or a file: its content type says how it is read.", Content: map[string]*huma.MediaType{"*/*": {}}}
	}
	return op
}

func liveOperation() *huma.Operation {
	return &huma.Operation{
		OperationID: "connectLive", Method: http.MethodGet, Path: "/ws", Tags: []string{"live"},
		Summary: "Open the live connection (WebSocket)",
		Description: "Its address is url of POST /api/ws-ticket; deployed, that is another host. Send {\"subscribe\": \"<executionId>\"} or {\"subscribe\": \"*\"}: " +
			"the answer {\"type\": \"subscribed\"} says that everything that changes from then on is told. Events are execution.updated, with what GET /api/executions has of it, " +
			"and node.updated, with a row of its nodes; both name executionId and version, by which what comes late is dropped.",
		Security:   []map[string][]string{},
		Parameters: []*huma.Param{{Name: "ticket", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "Good for one connection within 30 s."}},
		Responses: map[string]*huma.Response{
			"101": {Description: "It is a WebSocket from now on."},
			"403": {Description: "The ticket is unknown, used or too old: ask for another."},
		},
	}
}

func jsonOf(s *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: s}}
}

func refusal(about string, problem *huma.Schema) *huma.Response {
	return &huma.Response{Description: about, Content: map[string]*huma.MediaType{problemType: {Schema: problem}}}
}
