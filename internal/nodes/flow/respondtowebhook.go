package flow

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func respondToWebhook() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.respondToWebhook", Versions: []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5}, Name: "Respond to Webhook",
			Description: "Answers the HTTP request that started the workflow; the items go on unchanged.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "respondWith", Type: "options", Default: "firstIncomingItem", Description: "allIncomingItems, binary, firstIncomingItem, json, noData, redirect or text."},
				{Name: "responseBody", Type: "string", Default: "", Description: "The answer's body, for json and text."},
				{Name: "redirectURL", Type: "string", Default: "", Description: "Where the answer redirects to.", Show: map[string][]any{"respondWith": {"redirect"}}},
				{Name: "responseDataSource", Type: "options", Default: "automatically", Description: "Which file is answered: automatically or set.", Show: map[string][]any{"respondWith": {"binary"}}},
				{Name: "inputFieldName", Type: "string", Default: "data", Description: "The name of the file.", Show: map[string][]any{"responseDataSource": {"set"}}},
				{Name: "enableResponseOutput", Type: "boolean", Default: false, Description: "Whether a second output has the answer."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "responseCode, responseHeaders, responseKey."},
			},
		},
		Run:     runRespond,
		Outputs: respondOutputs,
	}
}

func respondOutputs(n *workflow.Node) int {
	enabled, _ := n.Parameters.Get("enableResponseOutput")
	if n.TypeVersion == 1.3 || (n.TypeVersion >= 1.4 && enabled == true) {
		return 2
	}
	return 1
}

// answeredTypes are the nodes whose request can be answered.
var answeredTypes = []string{
	"n8n-nodes-base.webhook", "n8n-nodes-base.formTrigger", "@n8n/n8n-nodes-langchain.chatTrigger", "n8n-nodes-base.wait",
}

func runRespond(_ context.Context, c *node.Call) (node.Result, error) {
	a := answer{c: c, r: c.At(0), status: http.StatusOK, headers: map[string]string{}}
	if c.Node.TypeVersion >= 1.1 && !a.hasWebhook() {
		return a.failed(node.WithDetail(node.Errorf("No Webhook node found in the workflow"),
			"Insert a Webhook node to your workflow and set the \"Respond\" parameter to \"Using Respond to Webhook Node\""))
	}
	a.readOptions()
	err := a.write()
	if err == nil {
		err = a.r.Err()
	}
	if err != nil {
		return a.failed(err)
	}
	res := node.Result{Outputs: [][]workflow.Item{c.Input(0)}, Respond: &node.Response{Status: a.status, Headers: a.headers, Body: a.body}}
	if respondOutputs(c.Node) == 2 {
		headers := value.From(anyMap(a.headers))
		response := value.Obj("body", a.shown, "headers", headers, "statusCode", float64(a.status))
		res.Outputs = append(res.Outputs, []workflow.Item{{JSON: value.Obj("response", response)}})
	}
	return res, nil
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// answer is the response under way.
type answer struct {
	c       *node.Call
	r       *node.Reader
	status  int
	headers map[string]string // names in lower case
	body    []byte
	shown   any // the body as the second output has it
}

func (a *answer) failed(err error) (node.Result, error) {
	if !a.c.Continues() {
		return node.Result{}, err
	}
	it := node.ErrorItem(0, err)
	it.Paired = nil
	for i := range a.c.Input(0) {
		it.Paired = append(it.Paired, workflow.Paired{Item: i})
	}
	return node.Result{Outputs: [][]workflow.Item{{it}}}, nil
}

// hasWebhook reports whether a node whose request can be answered leads here.
func (a *answer) hasWebhook() bool {
	seen := map[string]bool{}
	queue := []string{a.c.Node.Name}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, origins := range a.c.Workflow.Incoming(name) {
			for _, o := range origins {
				if n := a.c.Workflow.Node(o.Node); n != nil && !seen[o.Node] {
					if slices.Contains(answeredTypes, n.Type) {
						return true
					}
					seen[o.Node] = true
					queue = append(queue, o.Node)
				}
			}
		}
	}
	return false
}

func (a *answer) readOptions() {
	options := a.r.Object("options")
	list, _ := value.Path(options, "responseHeaders", "entries")
	headers, _ := list.([]any)
	for _, x := range headers {
		if o, ok := x.(*value.Object); ok {
			a.headers[strings.ToLower(node.Get(o, "name", ""))] = node.Get(o, "value", "")
		}
	}
	if code, ok := options.Get("responseCode"); ok {
		if n := node.ToNumber(code); n >= 100 && n <= 599 {
			a.status = int(n)
		}
	}
}

// write makes the body.
func (a *answer) write() error {
	items := a.c.Input(0)
	switch with := a.r.String("respondWith", "firstIncomingItem"); with {
	case "json":
		return a.writeJSON(a.r.Value("responseBody"))
	case "text":
		v := a.r.Value("responseBody")
		a.shown, a.body = v, []byte(node.Text(v))
		a.setType("text/html; charset=utf-8")
	case "allIncomingItems":
		list := make([]any, len(items))
		for i, it := range items {
			list[i] = it.JSON
		}
		return a.keyed(list)
	case "firstIncomingItem":
		return a.keyed(items[0].JSON)
	case "binary":
		return a.writeFile(items[0])
	case "redirect":
		a.headers["location"] = a.r.String("redirectURL", "")
		if _, set := a.r.Object("options").Get("responseCode"); !set {
			a.status = http.StatusTemporaryRedirect
		}
	case "noData":
	default:
		return node.Errorf("The Response Data option %q is not supported!", with)
	}
	return nil
}

func (a *answer) setType(typ string) {
	if a.headers["content-type"] == "" {
		a.headers["content-type"] = typ
	}
}

func (a *answer) writeJSON(v any) error {
	if s, ok := v.(string); ok && s != "" {
		parsed, err := value.Parse([]byte(s))
		if err != nil {
			return node.WithDetail(node.Errorf("Invalid JSON in 'Response Body' field"), "Check that the syntax of the JSON in the 'Response Body' parameter is valid")
		}
		v = parsed
	}
	if !node.Truthy(v) {
		return nil
	}
	a.shown, a.body = v, value.JSON(v)
	a.setType("application/json; charset=utf-8")
	return nil
}

// keyed puts the body under options.responseKey, if that is set.
func (a *answer) keyed(v any) error {
	if key := node.Text(option(a.r, "responseKey")); key != "" {
		o := value.NewObject(1)
		if err := (getter{}).set(o, key, v); err != nil {
			return err
		}
		v = o
	}
	return a.writeJSON(v)
}

func (a *answer) writeFile(it workflow.Item) error {
	if len(it.Binary) == 0 {
		return node.Errorf("No binary data exists on the first item!")
	}
	name := a.r.String("inputFieldName", "data")
	if a.r.String("responseDataSource", "automatically") != "set" {
		name = sortedNames(it.Binary)[0]
	}
	f, ok := it.Binary[name]
	if !ok {
		return node.Errorf("The item has no binary field '%s'", name)
	}
	if f.Data == nil && f.Ref != "" {
		return node.Errorf("The file %q is too large to be answered.", name)
	}
	a.body, a.shown = f.Data, base64.StdEncoding.EncodeToString(f.Data)
	a.setType(f.MimeType)
	return nil
}
