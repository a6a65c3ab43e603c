package http

import (
	"context"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func graphQL() node.Type {
	post := map[string][]any{"requestMethod": {"POST"}}
	asJSON := map[string][]any{"requestMethod": {"POST"}, "requestFormat": {"json"}}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.graphql", Versions: []float64{1, 1.1}, Name: "GraphQL",
			Description: "Makes a GraphQL request and returns the received data",
			Group:       "input", Family: node.HTTP, Inputs: []string{"main"}, Outputs: []string{"main"},
			Credentials: generic,
			Params: []node.Param{
				{Name: "authentication", Type: "options", Default: "none", Options: options(
					"none", "predefinedCredentialType", "basicAuth", "customAuth", "digestAuth", "headerAuth", "oAuth1", "oAuth2", "queryAuth")},
				{Name: "nodeCredentialType", Type: "string", Default: "", Description: "Any credential type that goes into HTTP requests",
					Show: map[string][]any{"authentication": {"predefinedCredentialType"}}},
				{Name: "requestMethod", Type: "options", Default: "POST", Options: options("GET", "POST")},
				{Name: "endpoint", Type: "string", Required: true, Default: "", Description: "The address of the GraphQL server"},
				{Name: "allowUnauthorizedCerts", Type: "boolean", Default: false},
				{Name: "requestFormat", Type: "options", Default: "graphql", Options: options("graphql", "json"), Show: since(post, 1.0)},
				{Name: "requestFormat", Type: "options", Default: "json", Options: options("graphql", "json"), Show: since(post, 1.1)},
				{Name: "query", Type: "string", Required: true, Default: ""},
				{Name: "variables", Type: "json", Default: "", Show: asJSON},
				{Name: "operationName", Type: "string", Default: "", Show: asJSON},
				{Name: "responseFormat", Type: "options", Default: "json", Options: options("json", "string")},
				{Name: "dataPropertyName", Type: "string", Default: "data", Description: "The field for the answer's text", Show: map[string][]any{"responseFormat": {"string"}}},
				list("headerParametersUi", "parameter", "Headers", nil),
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) { return run(ctx, c, buildGraphQL) },
		Effect: func(c *node.Call) node.Effect {
			for i := range c.Items() {
				r := newReader(c, i)
				if mutates(r.String("query", "")) || r.Err() != nil {
					return node.Unsafe
				}
			}
			return node.Safe
		},
	}
}

var changing = regexp.MustCompile(`\b(mutation|subscription)\b`)

// mutates reports whether a document may change something on the server: that of a
// query alone does not (GraphQL specification, 6.2.1). One that has the word elsewhere,
// as a field's name, counts as well.
func mutates(query string) bool { return changing.MatchString(query) }

// buildGraphQL reads the parameters of one item.
func buildGraphQL(c *node.Call, item int) (*request, error) {
	r := newReader(c, item)
	q := &request{item: item, headers: value.NewObject(4), arrays: "indices", neverError: true, format: "json", split: true, noRepair: `Change "Response Format" to "String"`}
	q.method = strings.ToUpper(r.String("requestMethod", "POST"))
	q.url = r.String("endpoint", "")
	q.opt = node.HTTPOptions{Timeout: timeout(0), MaxBytes: maxText, SkipTLSVerify: r.Bool("allowUnauthorizedCerts", false)}
	if q.auth.typ = simpleAuth[r.String("authentication", "none")]; q.auth.typ == "" {
		q.auth.typ = r.String("nodeCredentialType", "")
	}
	query := r.String("query", "")
	q.reads = !mutates(query)
	switch {
	case q.method == "GET":
		q.query = value.Obj("query", query)
	case r.String("requestFormat", "json") == "json":
		q.body = wire.Body{Kind: wire.JSON, Data: operation(r, query)}
	default:
		q.body = wire.Body{Kind: wire.Raw, Data: query}
		q.headers.Set("content-type", "application/graphql")
	}
	for _, p := range r.pairs("headerParametersUi.parameter") {
		q.headers.Set(strings.ToLower(p.Name), p.Value)
	}
	field := ""
	if r.String("responseFormat", "json") == "string" {
		field = r.String("dataPropertyName", "data")
	}
	q.read = func(a wire.Answer) ([]workflow.Item, error) { return q.data(a, field) }
	if err := r.Err(); err != nil {
		return nil, err
	}
	return q, q.checkURL(c)
}

// operation is the JSON of a request (GraphQL over HTTP, 5.1).
func operation(r *reader, query string) *value.Object {
	var name any
	if text := r.String("operationName", ""); text != "" {
		name = text
	}
	variables := r.Value("variables")
	if text, ok := variables.(string); ok {
		if strings.TrimSpace(text) == "" {
			text = "{}"
		}
		parsed, err := value.Parse([]byte(text))
		if err != nil {
			r.fail(node.WithDetail(invalid("Using variables failed: they are not valid JSON."), err.Error()))
		}
		variables = parsed
	}
	switch variables.(type) {
	case nil:
		variables = value.NewObject(0)
	case *value.Object, []any:
	default:
		r.fail(invalid("Using variables failed: GraphQL variables should be either an object or a string."))
	}
	return value.Obj("query", query, "variables", variables, "operationName", name)
}

// data makes the items of an answer, whatever its status: as the text of a field if
// one is named. An answer that tells of errors is a failure.
func (q *request) data(a wire.Answer, field string) ([]workflow.Item, error) {
	body, err := q.parse(a)
	if err != nil && field == "" {
		return nil, err
	}
	if o, ok := body.(*value.Object); ok {
		if errors, _ := o.Get("errors"); errors != nil {
			failed := fault.New(fault.Invalid, fault.CodeUpstream, "%s", messages(errors))
			return nil, wire.Answered(node.WithDetail(failed, fault.Shorten(string(value.JSON(errors)), maxErrors)))
		}
	}
	if field == "" {
		return q.each(body), nil
	}
	if err != nil || q.body.Kind != wire.JSON { // n8n's client reads JSON only where it wrote JSON
		body = wire.DecodeText(a)
	}
	return []workflow.Item{q.item1(value.Obj(field, body))}, nil
}

// maxErrors is how much of an answer's errors is shown, in bytes.
const maxErrors = 2000

// messages are what the errors of an answer say.
func messages(errors any) string {
	switch x := errors.(type) {
	case string:
		return x
	case []any:
		said := make([]string, len(x))
		for i, e := range x {
			said[i] = node.Text(e)
			if o, ok := e.(*value.Object); ok {
				said[i] = node.Get(o, "message", string(value.JSON(o)))
			}
		}
		return strings.Join(said, ", ")
	}
	return "Unexpected error"
}
