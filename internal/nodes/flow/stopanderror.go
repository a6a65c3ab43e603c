package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

func stopAndError() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.stopAndError", Versions: []float64{1}, Name: "Stop and Error",
			Description: "Ends the workflow with an error.",
			Group:       "flow", Family: node.Pure, Inputs: main1,
			Params: []node.Param{
				{Name: "errorType", Type: "options", Default: "errorMessage", Description: "Whether the error is a text or an object.", Options: []node.Option{
					{Value: "errorMessage", Name: "Error Message"}, {Value: "errorObject", Name: "Error Object"},
				}},
				{Name: "errorMessage", Type: "string", Required: true, Description: "The error's text.", Show: map[string][]any{"errorType": {"errorMessage"}}},
				{Name: "errorObject", Type: "json", Description: "The error as JSON; its message, description or error is the text.", Show: map[string][]any{"errorType": {"errorObject"}}},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) {
			r := c.At(0)
			text := r.String("errorMessage", "")
			if r.String("errorType", "errorMessage") == "errorObject" {
				text = errorText(r)
			}
			if r.Err() != nil {
				return node.Result{}, r.Err()
			}
			if text == "" {
				text = "The workflow was stopped by this node."
			}
			return node.Result{}, node.Errorf("%s", text)
		},
	}
}

// errorText is the text of an error object: its message, description or error,
// else the whole object.
func errorText(r *node.Reader) string {
	v := r.Value("errorObject")
	if s, ok := v.(string); ok {
		if parsed, err := value.Parse([]byte(s)); err == nil {
			v = parsed
		}
	}
	if o, ok := v.(*value.Object); ok {
		for _, key := range []string{"message", "description", "error"} {
			if s := node.Get(o, key, ""); s != "" {
				return s
			}
		}
	}
	return node.Text(v)
}
